"""Two hours and a day of three accounts on the whole local stack, lived by any way of passing the time.

ada has a server and a service and is told that five days are left. bob has money for fifteen hours and is suspended in
the night. cleo stops a server and starts it again. All are charged at midnight.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from chalicelib.billing.account import Account
from chalicelib.billing.journal import Entry
from chalicelib.clock import DAY
from chalicelib.ids import Ids
from tests.accounts.key_texts import public_text
from tests.stack import Customer, Stack, started

MINUTE = 60
HOUR = 60 * MINUTE
STORAGE = "storage-1000"

Passing = Callable[[Stack, int], None]
"""Lives through so many seconds, a whole number of minutes."""


@dataclass(frozen=True)
class Life:
    """What stood in the records of one account at the end."""

    journal: tuple[Entry, ...]
    """Without `recorded_at`, in which a late run may differ."""
    account: Account
    told: tuple[tuple[int, str, int | None], ...]
    """Messages: their moment, topic, and when they were mailed."""
    rentals: tuple[tuple[str, str], ...]
    """Names and statuses."""

    @property
    def moments(self) -> set[int]:
        """When something was booked or said."""
        return {entry.facts.created_at for entry in self.journal} | {moment for moment, _, _ in self.told}


class NumberedIds(Ids):
    """Ids of a kind are numbered, so that two runs name alike what they make in the same order.

    Messages are made by whatever finds them due: their number touches no other kind's.
    """

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, int] = {}

    def new(self, kind: str, moment: int) -> str:
        self._made[kind] = self._made.get(kind, 0) + 1
        return f"{kind}_{self._made[kind]:020}"


def live(directory: Path, passing: Passing) -> Mapping[str, Life]:
    """The day, from the opening of the accounts; each one's life by its owner's name."""
    with started(directory) as stack, stack.in_place():
        stack.world.daemons.fall_silent()
        stack.services.ids = NumberedIds()
        customers = _open(stack)
        ada, _, cleo = customers
        ada.post("/api/v1/services", {"code": STORAGE})
        boxes = {customer.email: customer.rent("box") for customer in customers}
        passing(stack, HOUR)
        assert {customer.status(boxes[customer.email]) for customer in customers} == {"ONLINE"}
        cleo.post(f"/api/v1/rentals/{boxes[cleo.email]}/stop", {})
        passing(stack, HOUR)
        cleo.post(f"/api/v1/rentals/{boxes[cleo.email]}/start", {})
        passing(stack, DAY)
        return {customer.email.partition("@")[0]: read(customer) for customer in customers}


def _open(stack: Stack) -> list[Customer]:
    money = {"ada": "92.30", "bob": "8.71", "cleo": "500.00"}
    customers = [stack.open(f"{name}@example.com", dollars) for name, dollars in money.items()]
    for customer in customers:
        customer.add_key(public_text("ed25519"))
    return customers


def read(customer: Customer) -> Life:
    """What an account's records say now."""
    services = customer.stack.services
    account_id = customer.account_id
    entries = services.books_store.journal(account_id)
    notices = services.notices_store.page(account_id, None, 100).notices
    rentals = services.rentals_store.page(account_id, None, 100).rentals
    return Life(
        journal=tuple(entry._replace(recorded_at=0) for entry in entries),
        account=services.books_store.account(account_id),
        told=tuple(sorted((one.message.created_at, str(one.message.topic), one.delivery.sent_at) for one in notices)),
        rentals=tuple((rental.name, str(rental.status)) for rental in rentals),
    )
