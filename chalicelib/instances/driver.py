"""Driving one rental towards what it should be: look, decide, write, call, and again. docs/rules.md.

A thin loop around `reconciler.decide`. Every write is conditional, every call is safe to repeat, and whatever is not
finished has a `look_at`, so a driver may die anywhere, run twice, or run beside itself.
"""

from dataclasses import dataclass

from chalicelib.billing.books import Books, Outcome, State, is_suspended
from chalicelib.errors import OutcomeUnknown
from chalicelib.instances.calls import Calls, Setup, no_daemon
from chalicelib.instances.consequences import Consequences, Observation
from chalicelib.instances.lease import following
from chalicelib.instances.policy import Patience
from chalicelib.instances.provider import Provider, Refused
from chalicelib.instances.reconciler import Call, Situation, Step, decide, target_of
from chalicelib.instances.rental import Rental
from chalicelib.instances.store import RentalStore
from chalicelib.instances.watch import observation
from chalicelib.queues import Hint

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Driver:
    """Use case of the workers that look after rentals."""

    books: Books
    store: RentalStore
    provider: Provider
    patience: Patience
    setup: Setup = no_daemon

    def follow(self, hint: Hint) -> Rental:
        """Drive the rental that a hint names. What the hint says of its server counts while that is fresh."""
        told = observation(hint, self.books.clock())
        return self.drive(str(hint["account_id"]), str(hint["rental_id"]), told)

    def drive(self, account_id: str, rental_id: str, told: Observation | None = None) -> Rental:
        """Take a rental as far as it goes now. Raises NotFound; provider trouble leaves it to the next look.

        What a pass over many saw is enough to find that all is as it was. Before anything is changed the driver looks
        for itself, and what it sees counts only while the record is the one that it looked for.
        """
        calls = Calls(self.provider, self.store, self.books.clock, self.patience, self.setup)
        may_close = told is not None and told.may_close
        rental = self.store.rental(account_id, rental_id)
        for _ in range(_ROUNDS):
            seen = told or self._observe(rental, may_close=may_close)
            told = None
            if seen is None:
                return rental
            step = self._decide(rental, seen)
            if step is None:
                rental = self.store.rental(account_id, rental_id)
                continue
            rental = calls.make(step)
            # The address of a server that has just been opened is read again before it is online.
            if not (Call.OPEN_ACCESS in step.calls and rental.access_open):
                return rental
        return rental

    def _observe(self, rental: Rental, *, may_close: bool) -> Observation | None:
        region, now = rental.offer.region, self.books.clock()
        try:
            if rental.server_id is None:
                server = self.provider.find(region, rental.rental_id)
            else:
                server = self.provider.describe(region, [rental.server_id]).get(rental.server_id)
        except (Refused, OutcomeUnknown):
            return None
        return Observation(server, now, may_close, seen_for=rental.version)

    def _decide(self, rental: Rental, seen: Observation) -> Step | None:
        """The step that was committed; None where what was seen does not count."""

        def decision(state: State) -> Outcome[Step | None]:
            current = self.store.rental(rental.account_id, rental.rental_id)
            if seen.seen_for not in (None, current.version):
                return Outcome(None)
            known = following(current, state.meter(current.rental_id), state.moment)
            step = decide(_situation(state, known, seen), self.patience)
            return Consequences(self.books.store, self.store).outcome(state, current, step, seen)

        return self.books.execute(rental.account_id, decision)


def _situation(state: State, rental: Rental, seen: Observation) -> Situation:
    meter = state.meter(rental.rental_id)
    target = target_of(
        rental,
        account_active=not is_suspended(state.account),
        meter_live=meter is not None and meter.live,
    )
    return Situation(rental, target, seen.server, seen.seen_at, state.moment, seen.may_close)
