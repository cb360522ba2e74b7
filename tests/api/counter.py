"""A counter to ask at: the API on services in memory, a clock that the test moves, and verbs for the world outside."""

from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

from chalice.app import Chalice

from app import app
from chalicelib import bootstrap
from chalicelib.accounts.decisions import Decisions
from chalicelib.accounts.ssh_keys import SshKeys
from chalicelib.accounts.tokens import ApiToken, TokenOrder, Tokens
from chalicelib.billing.account import Account
from chalicelib.billing.books import Books, Outcome, State
from chalicelib.billing.policy import Policy
from chalicelib.bootstrap import Services
from chalicelib.clock import DAY
from chalicelib.config import Config
from chalicelib.ids import Ids
from chalicelib.instances.rental import Rental, measured
from chalicelib.instances.rentals import Rentals
from chalicelib.instances.status import Status
from chalicelib.money import USD
from chalicelib.notices.notifications import Notifications
from chalicelib.signing import Signer
from tests.api.memory import MemoryKeys, MemoryRentals, MemoryTokens, MessagesOfBooks, Trusting
from tests.api.validated import Client
from tests.billing.memory_books import MemoryBooks
from tests.instances.memory_machines import MemoryMachines

NOON = 20_453 * DAY + DAY // 2
"""2025-12-31T12:00:00Z"""
OFFER = "off_g5-xlarge_us-east-1"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyrPIQVyVtHOjyVGcXOjWW4zYWlwVN9AvJdqFYwGMGa ada@laptop"


def api() -> Chalice:
    """The app that is deployed. A blueprint can be registered whole only once in a process."""
    return app


class Counter:
    """Services in memory, in the place of the process's own, and clients who have a token."""

    def __init__(self) -> None:
        self.now = NOON
        self.store = MemoryBooks()
        config = Config.from_environment({"API_URL": "https://api.example.com"})
        self.services = Services(config, lambda: self.now, Ids(Random(11).randbytes))
        self._in_memory(self.services)
        self.woken: list[str] = []
        bootstrap.use(self.services)
        self.account_id, self.token = self.open()
        self.client = Client(api(), self.token)

    def _in_memory(self, services: Services) -> None:
        """Cached properties are what their instance holds under their name."""
        rentals = MemoryRentals(self.store)
        keys = SshKeys(MemoryKeys(self.store), Trusting(), services.ids)
        books = Books(self.store, services.clock, services.ids, Policy(), pause=lambda millis: None)
        vars(services).update(books_store=self.store, lines=self.store)
        vars(services).update(
            books=books,
            rentals_store=rentals,
            machines_store=MemoryMachines(self.store),
            tokens=Tokens(MemoryTokens(self.store), services.ids),
            keys=keys,
            notifications=Notifications(MessagesOfBooks(self.store)),  # type: ignore[arg-type]
            decisions=Decisions(partial(self.store.commit, None), services.ids, pause=lambda millis: None),
            signer=Signer(lambda: (b"the secret of the tests",)),
            rentals=Rentals(books, services.reader, rentals, services.catalogue, keys, self._wake),
        )

    def _wake(self, account_id: str, rental_id: str) -> None:
        self.woken.append(rental_id)

    def open(self, currency: str | None = "USD", *, verified: bool = True) -> tuple[str, str]:
        """A new account with nothing on it, and a token for it."""
        account_id = self.services.ids.new("acct", self.now)
        user_id = self.services.ids.new("user", self.now)
        armed = frozenset({7, 5, 1})
        account = Account(account_id, user_id, self.now, currency, verified, armed=armed, version=1)
        self.store.commit(None, [self.store.opening(account)])
        return account_id, self.new_token(account_id, user_id)

    def new_token(self, account_id: str, user_id: str = "user_of_tests", expires_at: int | None = None) -> str:
        """The secret of a new token."""
        order = TokenOrder(account_id, user_id, "ada@example.com", "Test", expires_at)
        return self.services.tokens.create(order, self.now).secret

    def stranger(self) -> Client:
        """A client who owns another account."""
        return self.client.as_caller(self.open()[1])

    def credit(self, dollars: str, reason: str = "Welcome") -> None:
        """The operator books an amount, positive or negative."""
        reference = self.services.ids.new("adjm", self.now)
        self.services.adjustments.adjust(self.account_id, USD.parse(dollars), reason, reference)

    def wait(self, *, days: int = 0, hours: int = 0, seconds: int = 0) -> None:
        """Time passes and nobody does anything."""
        self.now += days * DAY + hours * 3600 + seconds

    def settle(self) -> None:
        """The sweep comes by."""
        self.services.books.settle(self.account_id)

    def add_key(self) -> str:
        """An SSH key of the account."""
        return str(self.client.post("/api/v1/keys", {"name": "laptop", "public_key": PUBLIC_KEY}).json["id"])

    def rent(self, name: str = "trainer", **more: Any) -> dict[str, Any]:
        """A rental as the API answers it. The account needs a key and money."""
        answer = self.client.post("/api/v1/rentals", {"name": name, "offer_id": OFFER, **more})
        assert answer.status == 201, answer.text
        return dict(answer.json)

    def online(self, rental_id: str) -> None:
        """The server has been seen running: it is charged from now on."""

        def decide(state: State) -> Outcome[None]:
            before = self.services.rentals_store.rental(self.account_id, rental_id)
            seen = before.with_status(Status.ONLINE, state.moment)
            after: Rental = replace(seen, server_id="i-1", address="203.0.113.7")
            meter, draft = state.meter(rental_id), state.draft()
            assert meter is not None
            draft.meter(meter, measured(meter, after, account_active=True, moment=state.moment))
            return Outcome(None, draft.done(), [self.services.rentals_store.writing(before, after)])

        self.services.books.execute(self.account_id, decide)

    def ready(self, dollars: str = "100.00") -> None:
        """What a first rental needs: money and a key."""
        self.credit(dollars)
        self.add_key()

    def everything(self) -> dict[Any, Any]:
        """All that is stored, to be compared later; not when tokens were used, which every request may change."""
        return {key: _unused(record) for key, record in self.store.records.items()}


def _unused(record: Any) -> Any:
    return record._replace(last_used_at=None) if isinstance(record, ApiToken) else record
