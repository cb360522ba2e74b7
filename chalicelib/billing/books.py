"""Carrying decisions out: read, settle, decide, commit, and again when somebody else was first.

docs/rules.md, "Time first". Everything that writes to an account comes through here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from chalicelib.billing.account import Account, Status
from chalicelib.billing.change import Change, Draft
from chalicelib.billing.dunning import Due, Step
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.settle import Settlement
from chalicelib.billing.store import BooksStore
from chalicelib.clock import Clock
from chalicelib.errors import Forbidden, LostRace, OutcomeUnknown, Unavailable
from chalicelib.ids import Ids
from chalicelib.writes import Write

Result = TypeVar("Result")

ATTEMPTS = 24
"""How often a decision is taken again before the caller is told to try later. Sixteen writers at once need fewer."""
FIRST_PAUSE_MILLIS = 10
LONGEST_PAUSE_MILLIS = 640


@dataclass(slots=True)
class State:
    """What a decision may look at: the settled account, its meters, and the time that the decision takes."""

    account: Account
    moment: int
    """max(now, the account's `at`): what everything the decision changes is stamped with."""
    recorded_at: int
    policy: Policy
    ids: Ids
    _read_meters: Callable[[], tuple[Meter, ...]]
    _meters: tuple[Meter, ...] | None = None

    @property
    def meters(self) -> tuple[Meter, ...]:
        """The account's meters; read once, and only when somebody asks."""
        if self._meters is None:
            self._meters = self._read_meters()
        return self._meters

    def meter(self, meter_id: str) -> Meter | None:
        """The meter of a rental or service, or None once it has ended for good and is booked."""
        return next((meter for meter in self.meters if meter.meter_id == meter_id), None)

    def draft(self) -> Draft:
        """Begin a change at this state's moment. Raises Forbidden where the account is closed: nothing changes it."""
        check_open(self.account)
        return Draft(self.account, self.moment, self.policy, self.ids, self.recorded_at)

    def committed(self, change: Change) -> None:
        """Go on from what has just been written, without reading it again."""
        if self._meters is not None:
            self._meters = change.meters_after(self._meters)
        self.account = change.after
        self.moment = max(self.moment, change.after.at)


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Result]):
    """What a decision came to: the change to the account, other slices' writes beside it, and the answer.

    No change and no writes: nothing has to be done, because it already is.
    """

    result: Result
    change: Change | None = None
    beside: Sequence[Write] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What settling an account came to."""

    account: Account
    steps: tuple[Due, ...]

    @property
    def woke_rentals(self) -> bool:
        """Whether what servers should be has changed with the account."""
        return any(due.step in (Step.LEASE, Step.RUN_OUT, Step.RESTORE, Step.END) for due in self.steps)


@dataclass(frozen=True, slots=True)
class Books:
    """The use cases of billing. A decision is a function of State; it may run several times and must not act."""

    store: BooksStore
    clock: Clock
    ids: Ids
    policy: Policy
    pause: Callable[[int], None]
    """Waits so many milliseconds."""
    _settlement: Settlement = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_settlement", Settlement(self.policy, self.ids))

    def execute(self, account_id: str, decide: Callable[[State], Outcome[Result]]) -> Result:
        """Settle, decide, commit, and settle what the decision itself made due at that second.

        Raises what `decide` raises, NotFound for an unknown account, and Unavailable when writers keep meeting.
        """

        def attempt() -> Result:
            state = self._read(account_id)
            self._settle(state)
            outcome = decide(state)
            if outcome.change is not None or outcome.beside:
                self.store.commit(outcome.change, outcome.beside)
            if outcome.change is not None:
                state.committed(outcome.change)
                self._settle_after(state)
            return outcome.result

        return self._persist(attempt)

    def settle(self, account_id: str) -> Settled:
        """Carry out whatever time has made due. Safe to run late, twice, or beside itself."""

        def attempt() -> Settled:
            state = self._read(account_id)
            steps = self._settle(state)
            if _listed_in_vain(state):
                self.store.commit(state.draft().done(), ())
            return Settled(state.account, steps)

        return self._persist(attempt)

    def _read(self, account_id: str) -> State:
        now = self.clock()
        account = self.store.account(account_id)
        return State(
            account=account,
            moment=max(now, account.at),
            recorded_at=now,
            policy=self.policy,
            ids=self.ids,
            _read_meters=lambda: self.store.meters(account_id),
        )

    def _settle(self, state: State) -> tuple[Due, ...]:
        steps: list[Due] = []
        while due := self._settlement.due(state.account, state.moment):
            meters = () if due.step in (Step.CAP, Step.NOTICE, Step.LAST_CALL) else state.meters
            change = self._settlement.step(due, state.account, meters, state.moment)
            self.store.commit(change, ())
            state.committed(change)
            steps.append(due)
        return tuple(steps)

    def _settle_after(self, state: State) -> None:
        """What follows from a committed decision is due in the record: losing this race loses nothing."""
        try:
            self._settle(state)
        except (LostRace, OutcomeUnknown, Unavailable):
            return

    def _persist(self, attempt: Callable[[], Result]) -> Result:
        for turn in range(ATTEMPTS):
            try:
                return attempt()
            except (LostRace, OutcomeUnknown):
                ceiling = min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << min(turn, 16))
                self.pause(self.ids.jitter(ceiling))
        raise Unavailable("Too many changes to this account at once. Nothing was changed; try again in a moment.")


def _listed_in_vain(state: State) -> bool:
    """Whether a settled account is still listed as due: the numbers of the policy have changed since it was written."""
    listed_at = state.account.listed_at
    return listed_at is not None and listed_at <= state.moment


def is_suspended(account: Account) -> bool:
    """Whether the account may start nothing and its servers are halted."""
    return account.status is Status.SUSPENDED


def check_open(account: Account) -> None:
    """Refuse where the account's owner has closed it."""
    if account.closed_at is not None:
        raise Forbidden("This account is closed.", code="account_closed")
