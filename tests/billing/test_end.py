"""Last call and end: a suspended account keeps what is halted for a week, and is told a day before it is gone."""

from chalicelib.billing.account import Status
from chalicelib.clock import DAY, HOUR
from chalicelib.notices.messages import Topic
from tests.billing import commands
from tests.billing.desk import DOLLAR, NOON, Desk

SUSPENDED = NOON + HOUR


def suspended(*, swept: bool = True) -> Desk:
    """A server and a service that ran for an hour and were halted."""
    desk = Desk()
    desk.credit("2.00")
    desk.rent("train", DOLLAR)
    desk.activate("licence", DOLLAR)
    desk.until(SUSPENDED)
    if swept:
        desk.sweep()
    return desk


def ended_at(desk: Desk) -> list[int]:
    """The moments at which things ended for good."""
    return [message.created_at for message in desk.told(Topic.ENDED_FOR_GOOD)]


def sweep_hourly_until(desk: Desk, moment: int) -> None:
    """As the schedule does, but for the number of times."""
    while desk.now < moment:
        desk.until(min(desk.now + HOUR, moment))
        desk.sweep()


def test_the_last_call_is_written_after_six_days_and_names_the_end() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 6 * DAY - 1)
    assert desk.told(Topic.LAST_CALL) == []
    sweep_hourly_until(desk, SUSPENDED + 6 * DAY)
    (message,) = desk.told(Topic.LAST_CALL)
    assert message.facts == {"ends_at": SUSPENDED + 7 * DAY, "missing": 2 * DOLLAR, "rentals": 1, "services": 1}


def test_after_seven_days_what_is_halted_ends_for_good() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY - 1)
    assert desk.meter("train") is not None
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY)
    assert ended_at(desk) == [SUSPENDED + 7 * DAY]
    assert desk.told(Topic.ENDED_FOR_GOOD)[0].facts["names"] == "licence, train"
    assert desk.store.meters("acct_test") == ()


def test_afterwards_the_account_is_active_with_nothing_on_it() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY)
    assert desk.account.status is Status.ACTIVE
    assert desk.account.totals.live == 0
    assert desk.store.due_at("acct_test") is None
    assert desk.topics[-2:] == [Topic.LAST_CALL, Topic.ENDED_FOR_GOOD], "active again without another word"
    desk.credit("5.00")
    assert desk.balance == 5 * DOLLAR
    assert desk.meter("train") is None, "what has ended is final, and later money stays as balance"


def test_below_zero_it_ends_and_stays_suspended() -> None:
    desk = suspended()
    desk.debit("1.00")
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY)
    assert ended_at(desk) == [SUSPENDED + 7 * DAY]
    assert desk.account.status is Status.SUSPENDED
    assert desk.topics[-2:] == [Topic.LAST_CALL, Topic.ENDED_FOR_GOOD]
    assert desk.account.suspended_at == SUSPENDED, "it goes on, and does not begin anew"
    assert desk.store.due_at("acct_test") is None, "with nothing halted there is no deletion clock"
    desk.credit("1.00")
    assert desk.account.status is Status.ACTIVE


def test_it_ends_a_week_after_the_last_top_up() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 4 * DAY)
    desk.credit("0.10")
    sweep_hourly_until(desk, SUSPENDED + 12 * DAY)
    assert [message.created_at for message in desk.told(Topic.LAST_CALL)] == [SUSPENDED + 10 * DAY]
    assert ended_at(desk) == [SUSPENDED + 11 * DAY]


def test_a_top_up_after_the_last_call_brings_another_one_before_the_end() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 6 * DAY + 12 * HOUR)
    desk.credit("0.10")
    sweep_hourly_until(desk, SUSPENDED + 14 * DAY)
    later = SUSPENDED + 13 * DAY + 12 * HOUR
    assert [message.facts["ends_at"] for message in desk.told(Topic.LAST_CALL)] == [SUSPENDED + 7 * DAY, later]
    assert ended_at(desk) == [later]


def test_a_debit_does_not_move_the_end() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 4 * DAY)
    desk.debit("0.10")
    sweep_hourly_until(desk, SUSPENDED + 8 * DAY)
    assert ended_at(desk) == [SUSPENDED + 7 * DAY]


def test_a_late_last_call_leaves_a_day() -> None:
    """Nothing ran for ten days: first the warning, then a day, then the end."""
    desk = suspended(swept=False)
    desk.until(SUSPENDED + 10 * DAY)
    desk.sweep()
    assert desk.told(Topic.LAST_CALL)[0].facts["ends_at"] == SUSPENDED + 11 * DAY
    sweep_hourly_until(desk, SUSPENDED + 11 * DAY - 1)
    assert ended_at(desk) == []
    sweep_hourly_until(desk, SUSPENDED + 11 * DAY)
    assert ended_at(desk) == [SUSPENDED + 11 * DAY]


def test_a_late_end_is_at_its_own_moment() -> None:
    desk = suspended()
    desk.until(SUSPENDED + 6 * DAY)
    desk.sweep()
    desk.until(SUSPENDED + 9 * DAY)
    desk.sweep()
    assert ended_at(desk) == [SUSPENDED + 7 * DAY]


def test_a_credit_a_second_before_the_end_saves_everything() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY - 1)
    desk.credit("2.00")
    assert (desk.account.status, desk.account.totals.live) == (Status.ACTIVE, 2)
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY)
    assert ended_at(desk) == []


def test_a_credit_at_the_second_of_the_end_is_too_late_and_stays_as_balance() -> None:
    """Time first: the end is due at that second, whoever notices it."""
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY - HOUR)
    desk.until(SUSPENDED + 7 * DAY)
    desk.credit("2.00")
    assert ended_at(desk) == [SUSPENDED + 7 * DAY]
    assert (desk.account.status, desk.account.totals.live, desk.balance) == (Status.ACTIVE, 0, 2 * DOLLAR)


def test_the_end_waits_for_money_that_is_on_its_way() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 6 * DAY)
    desk.do(commands.expect_money(SUSPENDED + 7 * DAY + 5 * HOUR))
    sweep_hourly_until(desk, SUSPENDED + 9 * DAY)
    assert ended_at(desk) == [SUSPENDED + 7 * DAY + 5 * HOUR]


def test_it_waits_at_most_a_day_more() -> None:
    desk = suspended()
    desk.do(commands.expect_money(SUSPENDED + 20 * DAY))
    sweep_hourly_until(desk, SUSPENDED + 21 * DAY)
    assert ended_at(desk) == [SUSPENDED + 8 * DAY]


def test_money_that_no_longer_comes_holds_up_nothing_but_the_last_call() -> None:
    desk = suspended()
    desk.do(commands.expect_money(SUSPENDED + 20 * DAY))
    sweep_hourly_until(desk, SUSPENDED + 7 * DAY + 12 * HOUR)
    assert [message.created_at for message in desk.told(Topic.LAST_CALL)] == [SUSPENDED + 7 * DAY]
    desk.do(commands.expect_money(None))
    sweep_hourly_until(desk, SUSPENDED + 9 * DAY)
    assert ended_at(desk) == [SUSPENDED + 8 * DAY]


def test_after_thirty_days_no_top_up_moves_the_end() -> None:
    """A cent every five days: the end comes on the thirtieth day all the same."""
    desk = suspended()
    for day in range(5, 30, 5):
        sweep_hourly_until(desk, SUSPENDED + day * DAY)
        desk.credit("0.01")
    sweep_hourly_until(desk, SUSPENDED + 40 * DAY)
    assert ended_at(desk) == [SUSPENDED + 30 * DAY]


def test_a_cent_every_hour_after_the_last_call_does_not_move_the_thirtieth_day() -> None:
    """The last call of the day before stands: written anew, it would put the end off by a day each time."""
    desk = suspended()
    for hour in range(1, 31 * 24):
        sweep_hourly_until(desk, SUSPENDED + hour * HOUR)
        if not ended_at(desk):
            desk.credit("0.001")
    assert [message.facts["ends_at"] for message in desk.told(Topic.LAST_CALL)] == [SUSPENDED + 30 * DAY]
    assert ended_at(desk) == [SUSPENDED + 30 * DAY]


def test_a_credit_after_the_last_call_moves_the_end_to_the_thirtieth_day_at_most() -> None:
    desk = suspended()
    for days, hours in ((6, 0), (12, 0), (18, 0), (22, 20), (29, 10)):
        sweep_hourly_until(desk, SUSPENDED + days * DAY + hours * HOUR)
        desk.credit("0.01")
    sweep_hourly_until(desk, SUSPENDED + 32 * DAY)
    assert desk.told(Topic.LAST_CALL)[-1].facts["ends_at"] == SUSPENDED + 29 * DAY + 20 * HOUR
    assert desk.told(Topic.STILL_SUSPENDED)[-1].facts["ends_at"] == SUSPENDED + 30 * DAY
    assert ended_at(desk) == [SUSPENDED + 30 * DAY]


def test_after_thirty_days_no_money_on_its_way_moves_the_end() -> None:
    desk = suspended()
    for days in (6, 12, 18, 23):
        sweep_hourly_until(desk, SUSPENDED + days * DAY)
        desk.credit("0.01")
    desk.do(commands.expect_money(SUSPENDED + 30 * DAY + 10 * HOUR))
    sweep_hourly_until(desk, SUSPENDED + 32 * DAY)
    assert ended_at(desk) == [SUSPENDED + 30 * DAY]


def test_nobody_is_deleted_unwarned_though_no_job_ran_for_a_month() -> None:
    desk = suspended(swept=False)
    desk.until(SUSPENDED + 31 * DAY)
    desk.sweep()
    desk.wait(hours=1)
    desk.credit("0.01")
    assert [message.facts["ends_at"] for message in desk.told(Topic.LAST_CALL)] == [SUSPENDED + 32 * DAY]
    sweep_hourly_until(desk, SUSPENDED + 33 * DAY)
    assert ended_at(desk) == [SUSPENDED + 32 * DAY]


def test_with_nothing_halted_there_is_no_last_call() -> None:
    desk = Desk()
    desk.credit("1.00")
    desk.debit("2.00")
    sweep_hourly_until(desk, NOON + 40 * DAY)
    assert desk.topics == [Topic.ACCOUNT_SUSPENDED]


def test_once_everything_is_terminated_below_zero_the_clock_stops() -> None:
    desk = suspended()
    desk.debit("1.00")
    desk.end("train")
    desk.end("licence")
    sweep_hourly_until(desk, SUSPENDED + 8 * DAY)
    assert desk.told(Topic.LAST_CALL) == []
    assert ended_at(desk) == []


def test_the_use_before_the_suspension_was_deducted_once() -> None:
    desk = suspended()
    sweep_hourly_until(desk, SUSPENDED + 8 * DAY)
    assert desk.deductions("train") == [DOLLAR]
    assert desk.account.ledger == desk.balance == 0
