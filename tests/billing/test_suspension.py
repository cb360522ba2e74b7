"""Suspension: at the second that can not be paid, however late anybody notices."""

import pytest

from chalicelib.billing.account import Status
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Conflict
from chalicelib.notices.messages import Topic
from tests.billing.desk import DOLLAR, NOON, Desk


def two_hours() -> Desk:
    """A server and a service at a dollar an hour each, and money for two hours of both."""
    desk = Desk()
    desk.credit("4.00")
    desk.rent("train", DOLLAR)
    desk.activate("licence", DOLLAR)
    return desk


@pytest.mark.parametrize("late_seconds", [0, 1, 59, HOUR, 5 * DAY])
def test_however_late_it_is_noticed_it_happened_at_its_own_second(late_seconds: int) -> None:
    desk = two_hours()
    desk.wait(hours=2, seconds=late_seconds)
    desk.sweep()
    account = desk.account
    assert (account.status, account.suspended_at) == (Status.SUSPENDED, NOON + 2 * HOUR)
    assert desk.balance == 0
    assert account.totals.rate == 0


def test_a_second_before_nothing_happens() -> None:
    desk = two_hours()
    desk.wait(hours=2, seconds=-1)
    desk.sweep()
    assert desk.account.status is Status.ACTIVE


def test_what_is_left_is_less_than_a_second_and_never_below_zero() -> None:
    desk = Desk()
    desk.credit("1.000001")
    desk.rent("train", 999_983)
    desk.wait(days=1)
    desk.sweep()
    assert 0 <= desk.account.balance_units(desk.now) < 999_983


def test_each_server_and_service_gets_its_own_message_and_the_account_one() -> None:
    desk = two_hours()
    desk.rent("queued", 0, seen_running=False)
    desk.wait(hours=2)
    desk.sweep()
    assert [message.facts["subject_id"] for message in desk.told(Topic.RENTAL_SUSPENDED)] == ["queued", "train"]
    assert [message.facts["subject_id"] for message in desk.told(Topic.SERVICE_SUSPENDED)] == ["licence"]
    (account,) = desk.told(Topic.ACCOUNT_SUSPENDED)
    assert account.facts == {
        "balance": 0,
        "missing": 2 * DOLLAR,
        "suspended_at": NOON + 2 * HOUR,
        "ends_at": NOON + 2 * HOUR + 7 * DAY,
    }


def test_a_suspension_writes_the_running_meters_and_tells_of_what_has_not_ended() -> None:
    desk = two_hours()
    desk.rent("queued", 0, seen_running=False)
    desk.rent("ended", 1)
    desk.wait(hours=1)
    desk.end("ended")
    desk.wait(hours=1)
    desk.sweep()
    suspension = next(one.change for one in desk.store.commits if one.change and len(one.change.messages) > 1)
    assert sorted(change.meter_id for change in suspension.meters) == ["licence", "train"]
    told = [message.facts.get("subject_id", "account") for message in suspension.messages]
    assert told == ["licence", "queued", "train", "account"]


def test_a_sweep_that_runs_again_tells_nothing_again() -> None:
    desk = two_hours()
    desk.wait(hours=2)
    for _ in range(3):
        desk.sweep()
        desk.wait(seconds=60)
    assert len(desk.told(Topic.ACCOUNT_SUSPENDED)) == 1


def test_nothing_is_charged_while_halted() -> None:
    desk = two_hours()
    desk.wait(days=3)
    desk.sweep()
    assert sum(desk.deductions("train")) == sum(desk.deductions("licence")) == 2 * DOLLAR
    desk.wait(days=2)
    desk.sweep()
    assert sum(desk.deductions("train")) == 2 * DOLLAR


def test_whoever_comes_first_suspends() -> None:
    """A click settles first: it can not use money that is gone."""
    desk = two_hours()
    desk.wait(hours=3)
    with pytest.raises(Conflict, match="suspended"):
        desk.rent("another", 1)
    assert desk.account.suspended_at == NOON + 2 * HOUR


def test_a_server_that_comes_online_while_suspended_is_not_metered() -> None:
    desk = Desk()
    desk.credit("2.00")
    desk.rent("train", DOLLAR)
    desk.rent("slow", DOLLAR, seen_running=False)
    desk.wait(hours=2)
    assert desk.online("slow") is False
    meter = desk.meter("slow")
    assert meter is not None and meter.price == 0


def test_while_suspended_one_may_terminate_and_choose_to_stay_stopped() -> None:
    desk = two_hours()
    desk.wait(hours=2)
    desk.stop("train", 10)
    meter = desk.meter("train")
    assert meter is not None and (meter.wished_price, meter.price, meter.resumes) == (10, 0, True)
    desk.end("licence")
    assert desk.account.totals.active_services == 0


@pytest.mark.parametrize("command", ["rent", "activate", "start"])
def test_while_suspended_one_may_not(command: str) -> None:
    desk = two_hours()
    desk.stop("train", 10)
    desk.debit("4.00")
    assert desk.account.status is Status.SUSPENDED
    with pytest.raises(Conflict, match="suspended"):
        desk.start("train") if command == "start" else getattr(desk, command)("another", 1)


def test_a_debit_below_zero_suspends_at_its_own_moment() -> None:
    desk = two_hours()
    desk.wait(hours=1)
    desk.debit("3.00")
    account = desk.account
    assert (account.status, account.suspended_at) == (Status.SUSPENDED, NOON + HOUR)
    assert desk.balance == -DOLLAR


def test_a_debit_below_zero_suspends_even_when_nothing_runs() -> None:
    desk = Desk()
    desk.credit("1.00")
    desk.debit("1.000001")
    assert desk.account.status is Status.SUSPENDED
    assert desk.topics == [Topic.ACCOUNT_SUSPENDED]


def test_with_nothing_halted_no_message_names_an_end() -> None:
    desk = Desk()
    desk.debit("1.00")
    desk.credit("0.25")
    assert desk.topics == [Topic.ACCOUNT_SUSPENDED, Topic.STILL_SUSPENDED]
    assert all("ends_at" not in message.facts for message in desk.messages)
    assert desk.messages[-1].facts == {"balance": -750_000, "missing": 750_000}


def test_a_debit_to_exactly_zero_leaves_an_idle_account_active() -> None:
    desk = Desk()
    desk.credit("1.00")
    desk.debit("1.00")
    assert desk.account.status is Status.ACTIVE


def test_money_taken_back_never_makes_earlier_use_unpaid() -> None:
    """An hour was used and paid; the debit after it changes neither its cost nor when anything stopped."""
    desk = two_hours()
    desk.wait(hours=1)
    desk.debit("4.00")
    desk.wait(days=1)
    desk.sweep()
    assert sum(desk.deductions("train")) == DOLLAR
    assert desk.account.suspended_at == NOON + HOUR
    assert desk.balance == -2 * DOLLAR


def test_a_debit_that_dies_before_its_suspension_is_suspended_at_its_own_moment_later() -> None:
    """What follows from a commit is due in the record: anybody may carry it out."""
    desk = two_hours()
    desk.wait(hours=1)
    died = desk.books.__class__._settle_after
    try:
        desk.books.__class__._settle_after = lambda self, state: None  # type: ignore[method-assign]
        desk.debit("3.00")
    finally:
        desk.books.__class__._settle_after = died  # type: ignore[method-assign]
    assert desk.account.status is Status.ACTIVE
    assert desk.store.due_at("acct_test") == NOON + HOUR
    desk.wait(seconds=90)
    desk.sweep()
    assert (desk.account.suspended_at, desk.balance) == (NOON + HOUR, -DOLLAR)
