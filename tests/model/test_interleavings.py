"""Invocations that pause, die and get no answer before and after every call of the store: the identical journal."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.policy import Policy
from chalicelib.notices.messages import Topic
from tests.billing import commands
from tests.billing.desk import ACCOUNT, NOON, Desk
from tests.billing.memory_books import Commit, MemoryWrite
from tests.model.lives import DAY, HOUR
from tests.model.profiles import examples
from tests.model.stage import GO, KILL, LOSE, MARKS, Invocation, Stage
from tests.model.strides import Strides
from tests.model.twin import (
    assert_alike,
    assert_books_whole,
    assert_chained,
    assert_never_negative_by_use,
    assert_paid_exactly,
    periods_of,
)
from tests.model.walk import Walk

SHORT = Policy(
    notice_days=(1,),
    notice_pause_seconds=2 * HOUR,
    grace_seconds=30 * HOUR,
    last_call_lead_seconds=4 * HOUR,
    money_wait_seconds=5 * HOUR,
    longest_grace_seconds=60 * HOUR,
    meters_in_one_close=2,
)
"""Periods of hours, and a close in parts of two."""


@dataclass(frozen=True)
class Begin:
    """Somebody begins something."""

    verb: str
    which: int
    number: int
    clock_error: int


@dataclass(frozen=True)
class Go:
    """One of those who are at it runs to a stop (the next one, or one of a name) and is told what to do there."""

    which: int
    stop: str
    order: str


@dataclass(frozen=True)
class Pass:
    """Time passes, for those who are paused, too."""

    seconds: int
    until_due: bool


STAY = "stay"
"""Run to the stop and wait there for somebody to come in between."""

Event = Begin | Go | Pass
VERBS = (
    "rent", "activate", "online", "stop", "start", "end", "credit", "credit", "debit", "lease", "lease", "cap", "sweep",
    "sweep",
)  # fmt: skip
begins = st.builds(
    Begin,
    st.sampled_from(VERBS),
    st.integers(0, 3),
    st.sampled_from([1, 3_601, 1_000_003, 2_500_000, 9_999_999, 30_000_000]),
    st.integers(-1, 1),
)
goes = st.builds(
    Go,
    st.integers(0, 5),
    st.sampled_from(["", "", "before commit", "after commit"]),
    st.sampled_from([GO, GO, STAY, STAY, STAY, KILL, LOSE]),
)
passes = st.one_of(
    st.builds(Pass, st.integers(-1, 1), st.just(True)),
    st.builds(Pass, st.integers(-1, 1), st.just(True)),
    st.builds(Pass, st.integers(0, 9 * HOUR), st.just(False)),
)
plays = st.lists(st.one_of(begins, goes, goes, goes, goes, passes), min_size=20, max_size=120)


class Play:
    """Carries out the events on a stage, and afterwards replays what was committed in the model."""

    def __init__(self) -> None:
        self.desk = Desk(NOON, SHORT)
        self.stage = Stage(self.desk, SHORT)
        self.taken = 0
        self.things: list[str] = []
        """What somebody has asked for, whether they got it or not: servers and services."""
        for verb, which, number in (("credit", 0, 9_999_999), ("rent", 0, 1_000_003), ("activate", 0, 3_601)):
            self._begin(Begin(verb, which, number, 0))
            self.stage.finish()
        for verb, which, number in (("online", 0, 0), ("lease", 0, 3_601), ("cap", 0, 2_500_000)):
            self._begin(Begin(verb, which, number, 0))
            self.stage.finish()

    def perform(self, events: list[Event]) -> None:
        """The whole play, to the end of everybody in it, and one sweep after the next midnight."""
        try:
            for event in events:
                self._perform(event)
                assert_books_whole(self.desk)
            self.stage.finish()
            self.desk.now = (self.desk.now // DAY + 1) * DAY + 1
            self.stage.sweep().finish()
        finally:
            self.stage.clear()

    def _perform(self, event: Event) -> None:
        running = self.stage.running
        match event:
            case Begin():
                self._begin(event)
            case Go() if running:
                self._go(running[event.which % len(running)], event)
            case Pass(seconds=seconds, until_due=True):
                due_at = self.desk.store.due_at(ACCOUNT)
                self.desk.now = max(self.desk.now, (due_at or 0) + seconds)
            case Pass(seconds=seconds):
                self.desk.now += seconds

    def _go(self, invocation: Invocation, go: Go) -> None:
        while go.stop and invocation.at != go.stop and not invocation.over:
            invocation.step()
        if go.order != STAY:
            invocation.step(go.order)

    def _begin(self, begin: Begin) -> None:
        if begin.verb == "sweep":
            self.stage.sweep(begin.clock_error)
        else:
            self.stage.do(*self._command(begin), begin.clock_error)

    def _command(self, begin: Begin) -> tuple[commands.Decide, Callable[[Walk], None]]:
        store, verb, number = self.stage.store, begin.verb, begin.number
        if verb in ("rent", "activate"):
            self.taken += 1
            name = f"t{self.taken:02}"
            self.things.append(name)
            take = commands.rent if verb == "rent" else commands.activate
            price = min(number, 2_500_000)
            return take(store, name, price), lambda walk: walk.take(name, price, verb == "rent")
        if verb in ("credit", "debit"):
            self.taken += 1
            reference, amount = f"adjm{self.taken}", number if verb == "credit" else -number
            return commands.adjust(store, reference, amount), lambda walk: walk.adjust(reference, amount)  # type: ignore[arg-type]
        if verb == "cap":
            return commands.cap(number), lambda walk: walk.limit(number)
        name = self.thing(begin)
        if verb == "stop":
            return commands.stop(name, number // 7), lambda walk: walk.stop(name, number // 7)
        if verb == "lease":
            ends_at = self.desk.now + number % (7 * HOUR)
            return commands.lease(name, ends_at, number // 7), lambda walk: walk.lease(name, ends_at, number // 7)
        return getattr(commands, verb)(name), lambda walk: getattr(walk, verb)(name)

    def thing(self, begin: Begin) -> str:
        """Of the last things that were asked for, the one that is meant."""
        recent = self.things[-4:]
        return recent[begin.which % len(recent)]

    def replay(self) -> Walk:
        """The model, told which commands were committed, in which order, and at which moments: nothing else."""
        walk = Strides(NOON, periods_of(SHORT))
        for commit in self.desk.store.commits[1:]:
            self._repeat(walk, commit)
        walk.do_what_is_due()
        return walk

    def _repeat(self, walk: Walk, commit: Commit) -> None:
        assert commit.change is not None
        assert commit.change.after.at >= walk.now, "time goes back for nobody"
        walk.live_until(commit.change.after.at)
        for write in commit.beside:
            if isinstance(write, MemoryWrite) and write.key[0] == MARKS:
                write.value(walk)
        topics = [message.topic for message in commit.change.messages]
        if Topic.LAST_CALL in topics:
            assert walk.call_is_due()
            walk.call()
        if Topic.BALANCE_LOW in topics:
            walk.warn(walk.levels_due())


@examples(100)
@given(plays)
def test_whatever_is_paused_or_killed_the_journal_is_the_models(events: list[Event]) -> None:
    play = Play()
    play.perform(events)
    walk = play.replay()
    assert_alike(play.desk, walk, play.desk.account.at)
    assert_chained(play.desk.journal, play.desk.account)
    assert_never_negative_by_use(play.desk)
    assert_paid_exactly(play.desk, walk)
