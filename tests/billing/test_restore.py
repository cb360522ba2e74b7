"""Restoring: whenever a suspended account changes and covers one hour of what would then be charged."""

from chalicelib.billing.account import Status
from chalicelib.clock import DAY, HOUR
from chalicelib.notices.messages import Topic
from tests.billing.desk import DOLLAR, NOON, Desk

SUSPENDED = NOON + HOUR


def suspended() -> Desk:
    """A server wished running, a stopped one and a service, halted after an hour."""
    desk = Desk()
    desk.credit("4.10")
    desk.rent("train", DOLLAR)
    desk.rent("disk", 2 * DOLLAR, seen_running=False)
    desk.stop("disk", 100_000)
    desk.activate("licence", DOLLAR)
    desk.debit("2.00")
    desk.until(SUSPENDED)
    desk.sweep()
    assert (desk.account.status, desk.balance) == (Status.SUSPENDED, 0)
    return desk


def price(desk: Desk, meter_id: str) -> int:
    """What a thing is charged now."""
    meter = desk.meter(meter_id)
    assert meter is not None
    return meter.price


def test_an_hour_of_everything_as_its_owner_wishes_it_restores() -> None:
    desk = suspended()
    desk.wait(days=1)
    desk.credit("2.10")
    account = desk.account
    assert (account.status, account.suspended_at, account.last_top_up_at) == (Status.ACTIVE, None, None)
    assert len(desk.told(Topic.ACCOUNT_RESTORED)) == 1
    assert desk.told(Topic.STILL_SUSPENDED) == [], "nothing is missing"


def test_a_micro_dollar_less_does_not_and_says_what_is_missing() -> None:
    desk = suspended()
    desk.credit("2.099999")
    assert desk.account.status is Status.SUSPENDED
    (message,) = desk.told(Topic.STILL_SUSPENDED)
    assert message.facts == {"balance": 2_099_999, "missing": 1, "ends_at": SUSPENDED + 7 * DAY}
    desk.credit("0.000001")
    assert desk.account.status is Status.ACTIVE


def test_services_and_stopped_servers_resume_at_that_second_and_others_wait_until_seen_running() -> None:
    desk = suspended()
    desk.wait(days=1)
    desk.credit("10.00")
    assert (price(desk, "licence"), price(desk, "disk"), price(desk, "train")) == (DOLLAR, 100_000, 0)
    assert desk.account.totals.rate == 1_100_000
    desk.wait(hours=1)
    desk.online("train")
    desk.wait(hours=1)
    desk.end("train")
    desk.wait(days=1)
    desk.sweep()
    assert sum(desk.deductions("train")) == 2 * DOLLAR, "an hour before the halt, and one after it was seen running"


def test_stopped_ones_stay_stopped() -> None:
    desk = suspended()
    desk.credit("10.00")
    assert desk.online("disk") is False
    assert price(desk, "disk") == 100_000


def test_choosing_to_stay_stopped_lowers_what_is_missing() -> None:
    desk = suspended()
    desk.credit("1.20")
    assert desk.account.status is Status.SUSPENDED
    desk.stop("train", 0)
    assert desk.account.status is Status.ACTIVE


def test_terminating_something_restores_when_the_rest_is_covered() -> None:
    """It hangs on the ledger and the wishes, not on a payment handler."""
    desk = suspended()
    desk.credit("1.10")
    assert desk.account.status is Status.SUSPENDED
    desk.wait(hours=1)
    desk.end("licence")
    assert desk.account.status is Status.ACTIVE
    assert desk.account.totals.rate == 100_000


def test_with_nothing_halted_a_balance_of_zero_is_enough() -> None:
    desk = suspended()
    for name in ("train", "disk", "licence"):
        desk.end(name)
    assert (desk.account.status, desk.balance) == (Status.ACTIVE, 0)


def test_below_zero_it_is_not() -> None:
    desk = Desk()
    desk.credit("1.00")
    desk.debit("1.50")
    desk.credit("0.499999")
    assert desk.account.status is Status.SUSPENDED
    desk.credit("0.000001")
    assert desk.account.status is Status.ACTIVE


def test_any_credit_restores_at_its_own_moment_though_the_invocation_died_after_it() -> None:
    desk = suspended()
    desk.wait(hours=1)
    settle_after = desk.books.__class__._settle_after
    try:
        desk.books.__class__._settle_after = lambda self, state: None  # type: ignore[method-assign]
        desk.credit("10.00")
    finally:
        desk.books.__class__._settle_after = settle_after  # type: ignore[method-assign]
    assert desk.account.status is Status.SUSPENDED
    desk.wait(hours=1)
    desk.sweep()
    assert desk.account.status is Status.ACTIVE
    (restored,) = desk.told(Topic.ACCOUNT_RESTORED)
    assert restored.created_at == SUSPENDED + HOUR
    licence = desk.meter("licence")
    assert licence is not None and licence.since == SUSPENDED + HOUR


def test_it_can_run_out_again() -> None:
    desk = suspended()
    desk.credit("2.10")
    desk.online("train")
    desk.wait(days=2)
    desk.sweep()
    assert len(desk.told(Topic.ACCOUNT_SUSPENDED)) == 2
    assert desk.account.suspended_at == SUSPENDED + HOUR
    assert sum(desk.deductions("train")) == 2 * DOLLAR


def test_a_new_suspension_has_a_clock_of_its_own() -> None:
    desk = suspended()
    desk.until(SUSPENDED + 6 * DAY)
    desk.sweep()
    assert desk.account.last_call_at is not None
    desk.credit("2.10")
    desk.online("train")
    desk.wait(hours=1)
    desk.sweep()
    account = desk.account
    assert account.suspended_at == SUSPENDED + 6 * DAY + HOUR
    assert (account.last_call_at, account.last_top_up_at) == (None, None)
