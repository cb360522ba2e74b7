"""An auditor who looks at every commit, and at the servers in truth, and shares no code with what is audited."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from chalicelib.billing.account import Status as AccountStatus
from chalicelib.billing.change import Change
from chalicelib.billing.chart import EntryKind
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import FINISHED, Status, Wish
from chalicelib.notices.messages import Topic
from chalicelib.writes import Write
from tests.billing.memory_books import MemoryBooks
from tests.instances.fake_provider import FakeProvider

UNITS = 3_600


class AuditedBooks(MemoryBooks):
    """The books, with an auditor behind every commit."""

    def __init__(self) -> None:
        super().__init__()
        self.halted_at = -1
        self.seen_before_halt: dict[str, int | None] = {}
        """When each server had last been seen running as the halt was written, which may be later than the halt."""
        self.running_units: dict[str, int] = defaultdict(int)
        """Units that each rental's meter has counted at its running price."""
        self.given_back: dict[str, list[int]] = defaultdict(list)
        self.closed: dict[str, int] = defaultdict(int)
        self.ended_at: dict[str, int] = {}
        """When each meter ended for good; it is gone once it has been booked."""
        self.returned_since: dict[tuple[str, int], int] = defaultdict(int)
        """What came back for a rental since it was last seen running."""

    def commit(self, change: Change | None, beside: Sequence[Write]) -> None:
        super().commit(change, beside)
        if change is not None:
            self._note(change)
        for rental in self._rentals():
            self._audit(rental)

    def _rentals(self) -> list[Rental]:
        return [record for record in self.records.values() if isinstance(record, Rental)]

    def _note(self, change: Change) -> None:
        if change.after.status is AccountStatus.SUSPENDED and change.before.status is AccountStatus.ACTIVE:
            self.halted_at = change.after.at
            self.seen_before_halt = {one.rental_id: one.seen_running_at for one in self._rentals()}
        for moved in change.meters:
            before, after = moved.before, moved.after
            ran = before is not None and before.price == before.full_price
            if before is not None and ran and (after is None or after.since != before.since):
                self.running_units[before.meter_id] += before.price * (change.after.at - before.since)
            if before is not None and before.live and (after is None or not after.live):
                self.ended_at[before.meter_id] = change.after.at
        for entry in change.entries:
            if entry.facts.kind is EntryKind.ADJUSTMENT and entry.facts.cause.startswith("rent_"):
                rental_id = entry.facts.cause.partition(".")[0]
                self.given_back[rental_id].append(entry.amount)
                self._audit_return(rental_id, entry.amount, change.after.at)
        for message in change.messages:
            if message.topic in (Topic.RENTAL_GONE, Topic.RENTAL_FAILED):
                self.closed[str(message.facts["subject_id"])] += 1
            if message.topic is Topic.ENDED_FOR_GOOD:
                assert not change.before.covers_restore, "what could be restored was ended"

    def _audit_return(self, rental_id: str, amount: int, now: int) -> None:
        """Only what may have been counted between the last sight and the end of the meter comes back, and once."""
        rental = next(one for one in self._rentals() if one.rental_id == rental_id)
        if rental.seen_running_at is None:
            return
        self.returned_since[rental_id, rental.seen_running_at] += amount
        unseen = self.ended_at.get(rental_id, now) - rental.seen_running_at
        returned = self.returned_since[rental_id, rental.seen_running_at]
        assert returned * UNITS <= unseen * rental.offer.running_price, f"{returned} for {unseen} seconds: {rental}"

    def _audit(self, rental: Rental) -> None:
        assert (rental.look_at is None) is (rental.status in FINISHED), f"lost: {rental}"
        assert self.closed[rental.rental_id] <= 1, f"told twice: {rental}"
        meter = self.records.get(("accounts", rental.account_id, f"meter#{rental.rental_id}"))
        line = self.records[("accounts", rental.account_id, "line")].account
        if meter is None or not meter.live:
            return
        unknown_disk = False
        if rental.lease_ends_at is not None and meter.lease_ends_at is None and rental.wish is Wish.RUNNING:
            # Its lease has ended and its record has yet to follow. A disk that no driver has seen is free until then.
            rental, unknown_disk = replace(rental, wish=Wish.STOPPED), meter.price == 0
        price = self.price(rental, active=line.status is AccountStatus.ACTIVE)
        before_halt = max(self.halted_at, meter.since, self.seen_before_halt.get(rental.rental_id) or 0)
        since_halt = rental.seen_running_at is not None and rental.seen_running_at > before_halt
        unseen = rental.wish is Wish.RUNNING and meter.price == 0 and not since_halt
        assert meter.price == price or unseen or unknown_disk, f"charged {meter.price}, should be {price}: {rental}"

    @staticmethod
    def price(rental: Rental, *, active: bool) -> int:
        """The rule in other words."""
        ended = rental.status in (Status.TERMINATING, Status.DELETED, Status.RENTAL_ERROR) or rental.wish is Wish.GONE
        if ended or not active:
            return 0
        if rental.wish is Wish.RUNNING:
            return rental.offer.running_price * (rental.status in (Status.ONLINE, Status.REBOOTING))
        return rental.offer.stopped_price * (rental.server_id is not None)

    def net_running_units(self, rental_id: str, now: int) -> int:
        """What the rental was charged at its running price and did not get back. Rounding gives back a little less."""
        units = self.running_units[rental_id]
        for record in self.records.values():
            if getattr(record, "meter_id", None) == rental_id and record.price == record.full_price:
                units += record.price * (now - record.since)
        return units - sum((amount + 1) * UNITS for amount in self.given_back[rental_id])


def one_server_each(provider: FakeProvider) -> None:
    """Never two servers for one rental, whatever was lost on the way."""
    living: dict[str, int] = defaultdict(int)
    for machine in provider.machines.values():
        living[machine.order.rental_id] += machine.exists
    assert all(count <= 1 for count in living.values()), living
