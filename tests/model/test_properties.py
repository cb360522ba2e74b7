"""For any life of an account: the identical journal as the model's, and what the books promise, after every event."""

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.policy import Policy
from tests.model.lives import DAY, HOUR, POOR, Act, Life, lives
from tests.model.profiles import examples
from tests.model.renting import RentingTwin
from tests.model.strides import Strides
from tests.model.twin import Twin, assert_paid_exactly, replayed, standing
from tests.model.walk import Walk

SHORT = Policy(
    notice_days=(2, 1),
    notice_pause_seconds=2 * HOUR,
    grace_seconds=30 * HOUR,
    last_call_lead_seconds=4 * HOUR,
    money_wait_seconds=5 * HOUR,
    longest_grace_seconds=60 * HOUR,
)
"""Periods so short that a life of two days has all of them."""

PATIENT = Policy(grace_seconds=100 * DAY, longest_grace_seconds=200 * DAY)
"""Nothing ends: when a last call is written depends on a job, and so may the end."""


@examples(20, shrink=False)
@given(lives(longest_wait=3 * HOUR, moments=14, funds=POOR))
def test_a_life_walked_second_by_second(life: Life) -> None:
    twin, stridden = (Twin(life, walk, SHORT, longest_wait=9 * HOUR) for walk in (Walk, Strides))
    twin.live(life)
    assert_paid_exactly(twin.desk, twin.walk)
    stridden.live(life)
    assert (stridden.walk.journal, stridden.walk.told) == (twin.walk.journal, twin.walk.told)


@examples(150)
@given(lives(longest_wait=4 * DAY, moments=40))
def test_a_life_of_weeks(life: Life) -> None:
    twin = Twin(life, Strides)
    twin.live(life)
    assert_paid_exactly(twin.desk, twin.walk)


@examples(120)
@given(lives(longest_wait=12 * HOUR, moments=40))
def test_a_life_under_short_periods(life: Life) -> None:
    twin = Twin(life, Strides, SHORT)
    twin.live(life)
    assert_paid_exactly(twin.desk, twin.walk)


@examples(40)
@given(lives(longest_wait=12 * HOUR, moments=40))
def test_a_life_of_rentals_under_a_catalogue_whose_prices_change(life: Life) -> None:
    """By the product's own renting and driver: what is rented keeps the prices that it was rented at."""
    twin = RentingTwin(life, Strides, SHORT)
    twin.live(life)
    assert_paid_exactly(twin.desk, twin.walk)


@examples(60)
@given(lives(longest_wait=DAY, moments=24), st.lists(st.integers(0, 20 * DAY), max_size=30))
def test_when_jobs_run_leaves_no_trace(life: Life, extra: list[int]) -> None:
    """The same life as it is, with none of its sweeps, and with many more: one journal, hash by hash."""
    twin = Twin(life, Strides, PATIENT)
    twin.live(life)
    start = twin.history[0][0]
    acts = [(moment, act) for moment, act in twin.history if act.verb != "sweep"]
    sweeps = [(start + seconds, Act("sweep")) for seconds in extra]
    last = (max(twin.history[-1][0], start + 20 * DAY), Act("sweep"))
    never = replayed(life, PATIENT, [*acts, last])
    often = replayed(life, PATIENT, sorted([*twin.history, *sweeps, last], key=lambda done: done[0]))
    assert [entry.hash for entry in never.journal] == [entry.hash for entry in often.journal]
    assert standing(never.account) == standing(often.account)
