"""What servers have to do with the closing of their account. docs/rules.md, "Closing an account"."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.errors import Conflict, LostRace
from chalicelib.instances.machine_store import MachineStore
from chalicelib.instances.machines import SelfHosted
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import FINISHED
from chalicelib.instances.store import RentalStore
from chalicelib.writes import Commit

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Leaving:
    """Asked before an account is closed. That nothing is live any more the account's line tells."""

    rentals: RentalStore
    machines: MachineStore
    commit: Commit

    def check_gone(self, account_id: str) -> None:
        """Raises Conflict while a rented server is on its way out: what it used could still come back."""
        names = sorted(rental.name for rental in self._rentals(account_id) if rental.status not in FINISHED)
        if names:
            message = f"Wait a moment until this is gone at the provider: {', '.join(names)}."
            raise Conflict(message, code="account_in_use")

    def let_go(self, account_id: str) -> None:
        """Remove the account's self-hosted servers: their daemons are not listened to any more. Safe to repeat."""
        for server in self._self_hosted(account_id):
            try:
                self.commit(self.machines.removing(server))
            except LostRace:
                continue

    def has_own(self, account_id: str) -> bool:
        """Whether the account has a self-hosted server, deleted ones included."""
        return bool(self.machines.page(account_id, None, 1).servers)

    def _rentals(self, account_id: str) -> Iterator[Rental]:
        before: str | None = None
        while True:
            page = self.rentals.page(account_id, before, _PAGE)
            yield from page.rentals
            if page.before is None:
                return
            before = page.before

    def _self_hosted(self, account_id: str) -> Iterator[SelfHosted]:
        while page := self.machines.page(account_id, None, _PAGE).servers:
            yield from page
