"""Lives of accounts: what people, time and jobs do, in any order. Plain data, drawn by hypothesis."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

PRICES = (1, 7, 3_599, 3_600, 3_601, 500_000, 1_234_567, 9_999_999)
STOPPED_PRICES = (0, 1, 11, 3_601, 70_003)
AMOUNTS = (1, 2, 3_600, 10_007, 500_000, 1_234_568, 5_000_000, 30_000_001)
MINUTE, HOUR, DAY = 60, 3_600, 86_400
BEFORE_THE_MONTH_ENDS = 27 * DAY + 23 * HOUR
"""An hour before the month of the first midnight is over."""


@dataclass(frozen=True)
class Wait:
    """Time that passes: so many seconds, or until shortly before, at or after a moment of the account."""

    until: str = ""
    """"" (seconds from now), "midnight", "run_out" or "due"."""
    seconds: int = 0


@dataclass(frozen=True)
class Act:
    """One invocation: what it does, to which thing, with which number, how often, and how wrong its clock is."""

    verb: str
    which: int = 0
    number: int = 0
    times: int = 1
    clock_error: int = 0


@dataclass(frozen=True)
class Life:
    """A sequence of waits and acts after the account was opened, funded and has begun to use something."""

    opened_after_midnight: int
    prelude: tuple[Act, ...]
    events: tuple[Wait | Act, ...] = field(default=())


def _acts(verb: str, numbers: st.SearchStrategy[int] | None = None) -> st.SearchStrategy[Act]:
    return st.builds(
        Act,
        verb=st.just(verb),
        which=st.integers(0, 4),
        number=st.just(0) if numbers is None else numbers,
        times=st.sampled_from([1, 1, 1, 2]),
        clock_error=st.integers(-1, 1),
    )


prices = st.sampled_from(PRICES)
amounts = st.one_of(st.sampled_from(AMOUNTS), st.integers(1, 40_000_000))

acts = st.one_of(
    _acts("rent", prices),
    _acts("rent_and_see", prices),
    _acts("activate", prices),
    _acts("online"),
    _acts("down"),
    _acts("stop", st.sampled_from(STOPPED_PRICES)),
    _acts("start"),
    _acts("end"),
    _acts("credit", amounts),
    _acts("credit", amounts),
    _acts("debit", amounts),
    _acts("make_up", st.integers(-1, 1)),
    _acts("expect_money", st.sampled_from([-1, HOUR, 8 * DAY, 40 * DAY])),
    _acts("lease", st.sampled_from([-1, 1, MINUTE, 3 * HOUR, DAY, 3 * DAY])),
    _acts("lease", st.integers(1, 9 * HOUR)),
    _acts("cap", st.one_of(st.just(-1), amounts)),
    _acts("cap_soon", st.sampled_from([0, 1, 3_601, 500_000, 3_000_000, 30_000_000])),
    _acts("sweep"),
    _acts("sweep"),
    _acts("read"),
)


def waits(longest: int) -> st.SearchStrategy[Wait]:
    """Waits of up to `longest` seconds, many of them about the moments at which something happens."""
    return st.one_of(
        st.builds(Wait, seconds=st.one_of(st.integers(0, 3), st.integers(0, HOUR), st.integers(0, longest))),
        st.builds(Wait, until=st.sampled_from(["midnight", "run_out", "due", "due"]), seconds=st.integers(-2, 2)),
    )


def _restart(which: int, stopped_price: int, seconds: int) -> tuple[Wait | Act, ...]:
    wait = Wait(seconds=seconds)
    stop, start = Act("stop", which, stopped_price), Act("start", which)
    return (stop, wait, start, wait, Act("online", which), wait)


def _leased(which: int, seconds: int, early: int) -> tuple[Wait | Act, ...]:
    online, lease = Act("online", which), Act("lease", which, seconds)
    return (online, lease, Wait(seconds=max(0, seconds - early)), Act("sweep"))


_leases = st.builds(_leased, st.integers(0, 4), st.sampled_from([1, 61, HOUR, 9 * HOUR]), st.integers(-700, 1))
_restarts = st.builds(_restart, st.integers(0, 4), st.sampled_from(STOPPED_PRICES), st.integers(0, HOUR))


def _moments(longest_wait: int) -> st.SearchStrategy[tuple[Wait | Act, ...]]:
    """One thing, or somebody who acts about the very second at which something falls due."""
    about_due = st.builds(Wait, until=st.just("due"), seconds=st.integers(-1, 1))
    make_up = _acts("make_up", st.integers(-1, 1))
    act_then = st.one_of(_acts("sweep"), _acts("sweep"), _acts("credit", amounts), make_up, acts)
    one = (st.tuples(waits(longest_wait)), st.tuples(acts))
    return st.one_of(*one, st.tuples(about_due, act_then), _restarts, _leases)


POOR = st.integers(5_000_000, 60_000_000)
"""Funds that last for hours or days."""
ANY_FUNDS = st.one_of(POOR, st.integers(10**8, 2 * 10**9))


def lives(longest_wait: int, moments: int, funds: st.SearchStrategy[int] = ANY_FUNDS) -> st.SearchStrategy[Life]:
    """Whole lives of between a half and all of so many moments."""
    takes = st.builds(Act, verb=st.sampled_from(["rent_and_see", "activate"]), number=st.sampled_from(PRICES[-3:]))
    fund = st.builds(Act, verb=st.just("credit"), number=funds)
    events = st.lists(_moments(longest_wait), min_size=moments // 2, max_size=moments)
    return st.builds(
        Life,
        opened_after_midnight=st.sampled_from([0, 1, 43_200, 86_399, 82_800, BEFORE_THE_MONTH_ENDS]),
        prelude=st.tuples(fund, takes, takes),
        events=events.map(lambda found: tuple(event for moment in found for event in moment)),
    )
