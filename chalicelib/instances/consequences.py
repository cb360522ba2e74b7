"""What a step of a rental means for its account: its meter follows, lost use comes back, its owner is told.

docs/rules.md, "Renting" and "Servers are driven to what they should be". One transaction with the rental's record.
"""

from dataclasses import dataclass, replace

from chalicelib.billing.adjustments import book_adjustment
from chalicelib.billing.books import Outcome, State, is_suspended
from chalicelib.billing.change import Draft
from chalicelib.billing.meters import Meter
from chalicelib.billing.store import Adjustment, BooksStore
from chalicelib.instances.provider import GONE, Server, ServerState
from chalicelib.instances.rental import Rental, counted_units, measured
from chalicelib.instances.situation import Step
from chalicelib.instances.status import Status
from chalicelib.instances.store import RentalStore
from chalicelib.money import to_micros
from chalicelib.notices.messages import Topic
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of one rental's server, when, and whether its absence may close the rental."""

    server: Server | None
    seen_at: int
    may_close: bool
    seen_for: int | None = None
    """The version of the rental's record for which it was looked up; None for what a pass over many saw."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """Turns a step into what is committed."""

    books_store: BooksStore
    store: RentalStore

    def outcome(self, state: State, rental: Rental, step: Step, seen: Observation) -> Outcome[Step | None]:
        """The rental's record, and the account's change where there is one.

        The answer is the step with the record as it will have been written; or None where a pass over many saw what
        would change something: then somebody has to look at this one first.
        """
        meter = state.meter(rental.rental_id)
        lost = _lost_units(state, rental, meter, seen.server) if step.lost_use else 0
        meter_after = _meter_after(state, meter, step, seen)
        after = replace(
            step.rental,
            units_when_seen=_units_when_seen(state, rental, meter, step, seen),
            units_counted=_counted(rental, meter, state.moment),
        )
        after = _looked_at_soon(state, after, meter_after)
        if seen.seen_for is None and (meter_after != meter or _changes_something(rental, step)):
            return Outcome(None)
        draft = state.draft()
        beside = [] if after == rental else [self.store.writing(rental, after)]
        if meter_after != meter:
            draft.meter(meter, meter_after)
        given_back = self._give_back(draft, rental, lost)
        if step.gone:
            _tell(draft, step.rental)
        changed = meter_after != meter or bool(given_back) or step.gone
        written = replace(after, version=rental.version + len(beside))
        return Outcome(replace(step, rental=written), draft.done() if changed else None, [*beside, *given_back])

    def _give_back(self, draft: Draft, rental: Rental, lost_units: int) -> list[Write]:
        """Return use by an adjustment: a meter is never turned back."""
        amount = to_micros(lost_units)
        if amount <= 0:
            return []
        reason = f"Use of {rental.name} counted after its server was last seen running"
        reference = f"{rental.rental_id}.{draft.moment}"
        adjustment = Adjustment(rental.account_id, reference, amount, reason, draft.moment)
        book_adjustment(draft, adjustment)
        return [self.books_store.adjusting(adjustment)]


def _lost_units(state: State, rental: Rental, meter: Meter | None, server: Server | None) -> int:
    """What was counted since the last sight. The disk of a server that has been stopped by wish since then is there."""
    has_disk = meter is not None and meter.resumes and server is not None and server.state not in GONE
    until = meter.since if has_disk and meter is not None else state.moment
    return _counted(rental, meter, until) - rental.units_when_seen


def _units_when_seen(state: State, rental: Rental, meter: Meter | None, step: Step, seen: Observation) -> int:
    """What the meter had counted when the server was seen; all of it, once what was lost has been given back."""
    if step.lost_use:
        return _counted(rental, meter, state.moment)
    if seen.server is None or seen.server.state in GONE:
        return rental.units_when_seen
    return max(rental.units_when_seen, _counted(rental, meter, min(seen.seen_at, state.moment)))


def _counted(rental: Rental, meter: Meter | None, moment: int) -> int:
    """All units counted up to a moment. Of a meter that a close has booked and removed, its end: the record has it."""
    if meter is not None:
        return counted_units(meter, moment)
    return max(rental.units_counted, rental.units_when_seen)


def _meter_after(state: State, meter: Meter | None, step: Step, seen: Observation) -> Meter | None:
    if meter is None or not meter.live:
        return meter
    if step.gone:
        return meter.ended(state.moment)
    # What was seen before the meter was last stopped may have been seen before a halt.
    running = seen.server is not None and seen.server.state is ServerState.RUNNING and seen.seen_at >= meter.since
    active = not is_suspended(state.account)
    return measured(meter, step.rental, account_active=active, moment=state.moment, seen_running=running)


def _looked_at_soon(state: State, after: Rental, meter: Meter | None) -> Rental:
    """Where a sight was too old to start the meter, the next one comes soon."""
    price = after.price(account_active=not is_suspended(state.account))
    if meter is None or not meter.live or meter.price == price or after.look_at is None:
        return after
    return replace(after, look_at=min(after.look_at, state.moment + 1))


def _changes_something(rental: Rental, step: Step) -> bool:
    """Whether a step does more than note that all was as it should be."""
    noted = replace(step.rental, look_at=rental.look_at, seen_running_at=rental.seen_running_at)
    return noted != rental or bool(step.calls) or step.gone or step.lost_use


def _tell(draft: Draft, rental: Rental) -> None:
    facts = {"subject_id": rental.rental_id, "name": rental.name}
    if rental.status in (Status.RENTAL_ERROR, Status.TERMINATING):
        draft.tell(Topic.RENTAL_FAILED, **facts, reason=rental.failure or "", failed_at=draft.moment)
    else:
        draft.tell(Topic.RENTAL_GONE, **facts, gone_at=draft.moment)
