"""Driving one rental towards what it should be: look, decide, write, call, and again. docs/rules.md.

A thin loop around `reconciler.decide`. Every write is conditional, every call is safe to repeat, and whatever is not
finished has a `look_at`, so a driver may die anywhere, run twice, or run beside itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from chalicelib.billing.adjustments import book_adjustment
from chalicelib.billing.books import Books, Outcome, State, is_suspended
from chalicelib.billing.change import Draft
from chalicelib.billing.meters import Meter
from chalicelib.billing.store import Adjustment
from chalicelib.errors import LostRace, OutcomeUnknown
from chalicelib.instances.provider import (
    LaunchOrder,
    Provider,
    Refused,
    Server,
    ServerNotFound,
    Throttled,
    WrongState,
)
from chalicelib.instances.reconciler import Call, Patience, Situation, Step, decide, refused, target_of
from chalicelib.instances.rental import Rental, Status, measured
from chalicelib.instances.store import RentalStore
from chalicelib.money import to_micros, units
from chalicelib.notices.messages import Topic
from chalicelib.writes import Write

Amendment = Callable[[Rental], Rental]

_ROUNDS = 4
_AMENDS = 8


@dataclass(frozen=True, slots=True)
class Observation:
    """What a batch of looks saw of one rental's server, and whether its absence may close the rental."""

    server: Server | None
    may_close: bool


@dataclass(frozen=True, slots=True)
class Driver:
    """Use case of the workers that look after rentals."""

    books: Books
    store: RentalStore
    provider: Provider
    patience: Patience

    def drive(self, account_id: str, rental_id: str, seen: Observation | None = None) -> Rental:
        """Take a rental as far as it goes now. Raises NotFound; provider trouble leaves it to the next look."""
        rental = self.store.rental(account_id, rental_id)
        for _ in range(_ROUNDS):
            try:
                seen = seen or Observation(self._observe(rental), may_close=False)
            except (Refused, OutcomeUnknown):
                return rental
            step = self._decide(account_id, rental_id, seen)
            rental = self._call_all(step)
            if not rental.access_open or Call.OPEN_ACCESS not in step.calls:
                return rental
            seen = None
        return rental

    def _observe(self, rental: Rental) -> Server | None:
        region = rental.offer.region
        if rental.server_id is None:
            return self.provider.find(region, rental.rental_id)
        return self.provider.describe(region, [rental.server_id]).get(rental.server_id)

    # Deciding and writing.

    def _decide(self, account_id: str, rental_id: str, seen: Observation) -> Step:
        def decision(state: State) -> Outcome[Step]:
            rental = self.store.rental(account_id, rental_id)
            meter = state.meter(rental_id)
            active = not is_suspended(state.account)
            target = target_of(rental, account_active=active, meter_live=meter is not None and meter.live)
            situation = Situation(rental, target, seen.server, state.moment, seen.may_close)
            step = decide(situation, self.patience)
            return self._outcome(state, rental, meter, step)

        return self.books.execute(account_id, decision)

    def _outcome(self, state: State, rental: Rental, meter: Meter | None, step: Step) -> Outcome[Step]:
        draft = state.draft()
        beside: list[Write] = [] if step.rental == rental else [self.store.writing(rental, step.rental)]
        changed = self._meter_follows(draft, state, meter, step)
        given_back = self._give_back(draft, state, step)
        if given_back:
            beside.append(given_back)
        if step.gone:
            _tell_gone(draft, step.rental)
        change = draft.done() if changed or given_back or step.gone else None
        return Outcome(step, change, beside)

    def _meter_follows(self, draft: Draft, state: State, meter: Meter | None, step: Step) -> bool:
        if meter is None or not meter.live:
            return False
        active = not is_suspended(state.account)
        after = (
            meter.ended(state.moment)
            if step.gone
            else measured(meter, step.rental, account_active=active, moment=state.moment)
        )
        if after != meter:
            draft.meter(meter, after)
        return after != meter

    def _give_back(self, draft: Draft, state: State, step: Step) -> Write | None:
        """Return use that was counted after the server was last seen running, by an adjustment."""
        if step.give_back_since is None:
            return None
        suspended_at = state.account.suspended_at
        until = state.moment if suspended_at is None else min(suspended_at, state.moment)
        used = units(step.rental.offer.running_price, max(0, until - step.give_back_since))
        amount = to_micros(used)
        if amount == 0:
            return None
        reason = f"Use of {step.rental.name} counted after its server was last seen running"
        reference = f"{step.rental.rental_id}.{state.moment}"
        adjustment = Adjustment(step.rental.account_id, reference, amount, reason, state.moment)
        book_adjustment(draft, adjustment)
        return self.books.store.adjusting(adjustment)

    # Calling.

    def _call_all(self, step: Step) -> Rental:
        rental = step.rental
        for call in step.calls:
            try:
                rental = self._call(call, rental)
            except (ServerNotFound, WrongState, Throttled, OutcomeUnknown):
                return rental
            except Refused as refusal:
                return self._refused(rental, call, refusal)
        return rental

    def _refused(self, rental: Rental, call: Call, refusal: Refused) -> Rental:
        """A refusal of a launch or a start is tried again, and ends a first launch in time; of others, looked at."""
        if call not in (Call.LAUNCH, Call.START):
            return rental
        now = self.books.clock()
        return self._amend(rental, lambda current: refused(current, call, now, self.patience, refusal.code))

    def _call(self, call: Call, rental: Rental) -> Rental:
        if call is Call.LAUNCH:
            return self._launch(rental)
        region, server_id = rental.offer.region, rental.server_id or ""
        match call:
            case Call.START:
                self.provider.start(region, server_id)
            case Call.STOP | Call.FORCE_STOP:
                self.provider.stop(region, server_id, force=call is Call.FORCE_STOP)
            case Call.REBOOT:
                self.provider.reboot(region, server_id)
            case Call.TERMINATE:
                self.provider.terminate(region, server_id)
            case Call.CLOSE_ACCESS:
                self.provider.close_access(region, server_id)
            case _:
                self.provider.open_access(region, server_id)
                return self._amend(rental, lambda current: replace(current, access_open=True))
        return rental

    def _launch(self, rental: Rental) -> Rental:
        order = LaunchOrder(
            token=f"{rental.rental_id}-{rental.attempt}",
            account_id=rental.account_id,
            rental_id=rental.rental_id,
            name=rental.name,
            offer=rental.offer,
            public_keys=rental.public_keys,
        )
        server = self.provider.launch(order)
        soon = self.books.clock() + self.patience.soon
        return self._amend(
            rental, lambda current: replace(current, server_id=server.server_id, maybe_launched_at=None, look_at=soon)
        )

    def _amend(self, rental: Rental, change: Amendment) -> Rental:
        """Note what a call came to. Losing this note costs another look: the call is safe to repeat."""
        for _ in range(_AMENDS):
            current = self.store.rental(rental.account_id, rental.rental_id)
            amended = change(current)
            try:
                self.store.save(current, amended)
            except (LostRace, OutcomeUnknown):
                continue
            return amended
        return rental


def _tell_gone(draft: Draft, rental: Rental) -> None:
    topic = Topic.RENTAL_FAILED if rental.status is Status.RENTAL_ERROR else Topic.RENTAL_GONE
    draft.tell(topic, subject_id=rental.rental_id, name=rental.name, reason=rental.failure or "")
