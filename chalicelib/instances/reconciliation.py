"""Comparing rentals with their meters and with the provider's inventory. docs/rules.md, "Promises"."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.billing.account import Status as AccountStatus
from chalicelib.billing.meters import Meter
from chalicelib.billing.reconciliation import Difference
from chalicelib.billing.store import BooksStore
from chalicelib.billing.usage import Kind
from chalicelib.instances.inventory import Inventory
from chalicelib.instances.lease import following
from chalicelib.instances.rental import Rental
from chalicelib.instances.store import RentalStore


@dataclass(frozen=True, slots=True)
class RentalAuditor:
    """Read-only: reports, and stops nothing."""

    rentals: RentalStore
    books: BooksStore
    inventory: Inventory

    def audit(self) -> list[Difference]:
        """Every rental with its meter, every rental's meter with its rental, every server and volume."""
        found = [*self._rentals(), *self._meters()]
        found += [
            Difference(stray.thing_id, f"{stray.kind} in {stray.region}: {stray.reason}")
            for stray in self.inventory.compare(stop=False)
        ]
        return found

    def _rentals(self) -> Iterator[Difference]:
        for rental in self.rentals.all():
            account = self.books.account(rental.account_id)
            meters = {meter.meter_id: meter for meter in self.books.meters(rental.account_id)}
            meter = meters.get(rental.rental_id)
            active = account.status is AccountStatus.ACTIVE
            for what in _disagree(rental, meter, account_active=active):
                yield Difference(rental.rental_id, what)

    def _meters(self) -> Iterator[Difference]:
        known = {(rental.account_id, rental.rental_id) for rental in self.rentals.all()}
        for account in self.books.accounts():
            for meter in self.books.meters(account.account_id):
                if meter.kind is Kind.RENTAL and (account.account_id, meter.meter_id) not in known:
                    yield Difference(meter.meter_id, "is metered and no rental")


def _disagree(rental: Rental, meter: Meter | None, *, account_active: bool) -> Iterator[str]:
    live = meter is not None and meter.live
    if meter is not None:
        rental = following(rental, meter, meter.since)
    if rental.live and not live and rental.look_at is None:
        yield "is live, has no meter, and nobody will look at it"
    if not rental.live and live:
        yield f"is {rental.status} and its meter is still live"
    if live and meter is not None and meter.lease_ends_at not in (None, rental.lease_ends_at):
        yield f"has a lease until {rental.lease_ends_at}, its meter until {meter.lease_ends_at}"
    if rental.live and meter is not None and live and meter.price > rental.price(account_active=account_active):
        yield f"is charged {meter.price} an hour and should be {rental.price(account_active=account_active)}"
