"""Notices: the balance lasts 7 days, 5 days, 1 day; one e-mail each."""

from chalicelib.billing.account import Status
from chalicelib.clock import DAY, HOUR
from chalicelib.notices.messages import Topic
from tests.billing.desk import DOLLAR, NOON, Desk


def lasting(days: int, hours: int = 0) -> Desk:
    """A server at a dollar an hour, and money for so long."""
    desk = Desk()
    desk.credit(f"{days * 24 + hours}.00")
    desk.rent("train", DOLLAR)
    desk.sweep()
    return desk


def days_told(desk: Desk) -> list[object]:
    """The levels that were mailed."""
    return [message.facts["days"] for message in desk.told(Topic.BALANCE_LOW)]


def test_each_level_is_mailed_once_as_the_balance_goes_down() -> None:
    desk = lasting(8)
    told = []
    for hour in range(8 * 24):
        desk.until(NOON + hour * HOUR)
        desk.sweep()
        desk.sweep()
        told += [(hour, day) for day in days_told(desk)[len(told) :]]
    assert told == [(24, 7), (72, 5), (7 * 24, 1)]


def test_a_level_fires_when_the_balance_lasts_exactly_so_long_and_not_a_second_before() -> None:
    desk = lasting(8)
    desk.wait(days=1, seconds=-1)
    desk.sweep()
    assert days_told(desk) == []
    desk.wait(seconds=1)
    desk.sweep()
    assert days_told(desk) == [7]


def test_it_names_amounts_and_moments() -> None:
    desk = lasting(7)
    (message,) = desk.told(Topic.BALANCE_LOW)
    assert message.facts == {"days": 7, "balance": 168 * DOLLAR, "rate": DOLLAR, "runs_out_at": NOON + 7 * DAY}


def test_of_several_at_once_only_the_lowest_is_mailed_and_all_are_disarmed() -> None:
    desk = lasting(0, 20)
    assert days_told(desk) == [1]
    assert desk.account.armed == frozenset()
    desk.wait(hours=19)
    desk.sweep()
    assert days_told(desk) == [1]


def test_nothing_is_mailed_while_nothing_runs() -> None:
    desk = Desk()
    desk.credit("0.01")
    desk.wait(days=9)
    desk.sweep()
    assert desk.messages == []
    assert desk.account.armed == {7, 5, 1}


def test_a_start_fires_what_no_longer_lasts() -> None:
    desk = lasting(20)
    desk.rent("second", 3 * DOLLAR)
    assert days_told(desk) == [5]


def test_a_debit_fires_what_no_longer_lasts() -> None:
    desk = lasting(20)
    desk.debit(f"{14 * 24}.00")
    assert days_told(desk) == [7]


def test_a_top_up_arms_again() -> None:
    desk = lasting(7)
    desk.wait(days=1)
    desk.credit(f"{2 * 24}.00")
    assert days_told(desk) == [7]
    desk.wait(days=1)
    desk.sweep()
    assert days_told(desk) == [7, 7]


def test_a_level_that_fired_waits_a_day_and_fires_if_it_is_still_true() -> None:
    desk = lasting(7)
    desk.wait(hours=1)
    desk.credit("2.00")
    desk.wait(hours=2)
    desk.sweep()
    assert days_told(desk) == [7], "true again after two hours, but it fired less than a day ago"
    desk.until(NOON + DAY - 1)
    desk.sweep()
    assert days_told(desk) == [7]
    desk.until(NOON + DAY)
    desk.sweep()
    assert days_told(desk) == [7, 7]


def test_a_level_that_waits_is_let_go_when_it_is_no_longer_true() -> None:
    desk = lasting(7)
    desk.wait(hours=1)
    desk.credit("2.00")
    desk.wait(hours=3)
    desk.credit("240.00")
    desk.until(NOON + DAY)
    desk.sweep()
    assert days_told(desk) == [7]


def test_a_suspension_is_not_announced_after_the_fact() -> None:
    """Late by days: what changes things goes first, and a suspended account gets no notice."""
    desk = lasting(8)
    desk.wait(days=9)
    desk.sweep()
    assert desk.account.status is Status.SUSPENDED
    assert days_told(desk) == []


def test_handling_an_account_moves_what_is_due_past_now() -> None:
    desk = lasting(8)
    for _ in range(9 * 24):
        desk.wait(hours=1)
        desk.sweep()
        due_at = desk.store.due_at("acct_test")
        assert due_at is None or due_at > desk.now
