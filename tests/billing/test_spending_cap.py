"""The monthly spending cap: what has been used since the month began, told at four fifths and at the whole."""

from datetime import UTC, datetime

import pytest

from chalicelib.billing.account import Status
from chalicelib.billing.caps import SpendingCaps
from chalicelib.billing.outlook import preview
from chalicelib.billing.policy import Policy
from chalicelib.billing.spending import spending
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Conflict, Invalid
from chalicelib.notices.messages import Topic
from tests.billing.desk import ACCOUNT, DOLLAR, NOON, Desk

NEAR, REACHED = Topic.SPENDING_CAP_NEAR, Topic.SPENDING_CAP_REACHED
MONTH_ENDS = int(datetime(2024, 11, 1, tzinfo=UTC).timestamp())
"""NOON is that of 4 October 2024."""


def capped(dollars: str = "10.00") -> Desk:
    """A server at a dollar an hour, and a cap."""
    desk = Desk()
    desk.credit("5000.00")
    desk.rent("train", DOLLAR)
    desk.cap(dollars)
    return desk


def told(desk: Desk) -> list[tuple[Topic, int]]:
    """What was told of the cap, and when."""
    return [(message.topic, message.created_at) for message in desk.messages if message.topic in (NEAR, REACHED)]


@pytest.mark.parametrize("late_seconds", [0, 1, HOUR, 5 * DAY])
def test_each_part_is_told_of_its_own_second_however_late(late_seconds: int) -> None:
    desk = capped()
    desk.wait(hours=10, seconds=late_seconds)
    desk.sweep()
    assert told(desk) == [(NEAR, NOON + 8 * HOUR), (REACHED, NOON + 10 * HOUR)]


def test_each_part_is_told_once_and_a_second_before_not() -> None:
    desk = capped()
    for seconds in (-1, 1, 3600, 2 * HOUR - 3602, 1, 1, DAY):
        desk.wait(seconds=seconds + (8 * HOUR if seconds == -1 else 0))
        desk.sweep()
    assert told(desk) == [(NEAR, NOON + 8 * HOUR), (REACHED, NOON + 10 * HOUR)]


def test_it_names_amounts_and_the_end_of_the_month() -> None:
    desk = capped()
    desk.wait(hours=10)
    desk.sweep()
    (near,), (reached,) = desk.told(NEAR), desk.told(REACHED)
    whole = {"cap": 10 * DOLLAR, "spent": 10 * DOLLAR, "month_ends_at": MONTH_ENDS}
    assert near.facts == {**whole, "spent": 8 * DOLLAR, "percent": 80}
    assert reached.facts == whole


def test_what_is_due_next_is_told_from_the_record() -> None:
    desk = capped()
    assert desk.store.due_at(ACCOUNT) == NOON + 8 * HOUR
    desk.wait(hours=8)
    desk.sweep()
    assert desk.store.due_at(ACCOUNT) == NOON + 10 * HOUR


def test_from_the_cap_on_nothing_is_started_and_what_runs_goes_on() -> None:
    desk = capped()
    desk.rent("stopped", 1)
    desk.stop("stopped", 0)
    desk.wait(hours=10)
    for start in (lambda: desk.rent("more", 1), lambda: desk.activate("licence", 1), lambda: desk.start("stopped")):
        with pytest.raises(Conflict) as refusal:
            start()
        assert refusal.value.code == "spending_cap_reached"
    assert "Friday 1 November 2024, 00:00:00 UTC" in refusal.value.message
    assert (desk.account.status, desk.account.totals.rate) == (Status.ACTIVE, DOLLAR)


def test_a_second_before_the_cap_one_may_start() -> None:
    desk = capped()
    desk.wait(hours=10, seconds=-1)
    desk.activate("licence", 1)


def test_it_is_refused_at_its_second_before_any_job_has_told() -> None:
    desk = capped()
    desk.wait(hours=10)
    assert spending(preview(desk.account, desk.now, Policy())).reached


def test_a_new_month_counts_anew_and_tells_anew() -> None:
    desk = capped("100.00")
    desk.until(MONTH_ENDS)
    desk.sweep()
    assert [topic for topic, _ in told(desk)] == [NEAR, REACHED]
    assert spending(desk.account).spent == 0
    desk.activate("licence", 1)
    desk.end("licence")
    desk.wait(hours=100)
    desk.sweep()
    assert told(desk)[2:] == [(NEAR, MONTH_ENDS + 80 * HOUR), (REACHED, MONTH_ENDS + 100 * HOUR)]


def test_use_before_a_month_began_does_not_count_in_it_however_long_nobody_wrote() -> None:
    desk = capped("100.00")
    desk.until(MONTH_ENDS + 5 * HOUR)
    assert preview(desk.account, desk.now, Policy()).spent == 5 * HOUR * DOLLAR
    assert desk.account.spent_at(MONTH_ENDS) == 0
    assert desk.account.spent_at(MONTH_ENDS - 1) == (MONTH_ENDS - 1 - NOON) * DOLLAR


def test_a_part_that_this_month_does_not_reach_is_not_due() -> None:
    desk = capped("10000.00")
    desk.wait(days=200)
    desk.sweep()
    assert told(desk) == []


def test_raising_the_cap_arms_what_it_lets_free() -> None:
    desk = capped()
    desk.wait(hours=10)
    desk.cap("12.00")
    assert [topic for topic, _ in told(desk)] == [NEAR, REACHED], "ten dollars are more than 80 percent of twelve"
    desk.activate("licence", 1)
    desk.end("licence")
    desk.wait(hours=2)
    desk.sweep()
    assert told(desk)[2:] == [(REACHED, NOON + 12 * HOUR)]
    desk.cap("100.00")
    desk.wait(days=10)
    desk.sweep()
    assert told(desk)[3:] == [(NEAR, NOON + 80 * HOUR), (REACHED, NOON + 100 * HOUR)]


def test_a_cap_below_what_was_used_is_told_at_once_and_once() -> None:
    desk = capped("1000.00")
    desk.wait(hours=10)
    desk.cap("5.00")
    desk.sweep()
    assert told(desk) == [(REACHED, NOON + 10 * HOUR)], "of two at once only the higher"
    desk.cap("4.00")
    desk.wait(hours=1)
    desk.sweep()
    assert len(told(desk)) == 1


def test_without_a_cap_nothing_is_told_or_refused() -> None:
    desk = capped()
    desk.wait(hours=9)
    desk.cap(None)
    desk.wait(days=20)
    desk.activate("licence", 1)
    assert [topic for topic, _ in told(desk)] == [NEAR]


def test_what_comes_back_by_an_adjustment_is_not_deducted() -> None:
    desk = capped()
    desk.wait(hours=10)
    desk.credit("10.00")
    assert spending(desk.account).spent == 10 * DOLLAR
    assert spending(desk.account).reached


def test_booking_moves_nothing_of_it() -> None:
    desk = capped("1000.00")
    desk.wait(days=3)
    desk.sweep()
    desk.end("train")
    assert spending(desk.account).spent == 72 * DOLLAR


def test_it_is_told_while_suspended_when_it_is_set_then() -> None:
    desk = Desk()
    desk.credit("3.00")
    desk.rent("train", DOLLAR)
    desk.wait(hours=4)
    desk.cap("2.00")
    assert told(desk) == [(REACHED, NOON + 4 * HOUR)]


def test_a_restore_is_no_start() -> None:
    desk = Desk()
    desk.credit("3.00")
    desk.activate("licence", DOLLAR)
    desk.cap("2.50")
    desk.wait(hours=4)
    desk.credit("10.00")
    assert (desk.account.status, desk.account.totals.rate) == (Status.ACTIVE, DOLLAR)


def test_the_use_case_refuses_what_is_no_cap_and_sees_what_is_used() -> None:
    desk = capped()
    caps = SpendingCaps(desk.books)
    for none in (0, -1, 10**15 + 1):
        with pytest.raises(Invalid):
            caps.set(ACCOUNT, none)
    desk.wait(hours=9)
    seen = caps.see(ACCOUNT)
    assert (seen.cap, seen.spent, seen.reached) == (10 * DOLLAR, 9 * DOLLAR, False)
    assert seen.month_ends_at == MONTH_ENDS
    commits = len(desk.store.commits)
    assert caps.set(ACCOUNT, 10 * DOLLAR).spent == 9 * DOLLAR
    assert len(desk.store.commits) == commits + 1, "what settling wrote, and nothing for the same cap again"
    assert caps.set(ACCOUNT, None).cap is None
