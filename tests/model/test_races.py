"""Races, one by one and by name: who is where when somebody else commits."""

import pytest

from chalicelib.billing.account import Status
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import PaymentRequired
from chalicelib.notices.messages import Topic
from tests.billing import commands
from tests.billing.desk import DOLLAR, NOON, Desk
from tests.model.stage import KILL, LOSE, Stage
from tests.model.twin import assert_books_whole, assert_chained


def a_stage(dollars: str = "100.00") -> Stage:
    """A funded account, and nobody on the stage yet."""
    desk = Desk()
    desk.credit(dollars)
    return Stage(desk)


def check(stage: Stage) -> None:
    """What holds after every race."""
    assert_books_whole(stage.desk)
    assert_chained(stage.desk.journal, stage.desk.account)


def test_two_credits_at_once_both_count() -> None:
    stage = a_stage()
    first = stage.do(commands.adjust(stage.store, "first", 5)).until("before commit")
    stage.do(commands.adjust(stage.store, "second", 7)).finish()
    first.finish()
    assert [entry.amount for entry in stage.desk.journal] == [100 * DOLLAR, 7, 5]
    check(stage)


def test_money_for_one_admits_one_of_sixteen() -> None:
    """Everybody has checked the balance before anybody rents."""
    stage = a_stage("1.00")
    for number in range(16):
        stage.do(commands.rent(stage.store, f"train{number}", DOLLAR)).until("before commit")
    stage.finish()
    refusals = [invocation.refusal for invocation in stage.invocations if invocation.refusal]
    assert len(refusals) == 15
    assert all(isinstance(refusal, PaymentRequired) for refusal in refusals)
    assert stage.desk.account.totals.live_rentals == 1
    check(stage)


def test_two_sweeps_at_once_close_once() -> None:
    stage = a_stage()
    stage.desk.rent("train", DOLLAR)
    stage.desk.wait(days=2)
    first = stage.sweep().until("before commit")
    second = stage.sweep().until("after commit")
    first.finish()
    second.finish()
    assert stage.desk.deductions("train") == [12 * DOLLAR, 24 * DOLLAR]
    check(stage)


def test_a_deduction_beside_a_credit_beside_a_suspension() -> None:
    """A sweep that closes and suspends is overtaken twice; every moment stays its own."""
    stage = a_stage("20.00")
    stage.desk.rent("train", DOLLAR)
    stage.desk.wait(days=1)
    sweep = stage.sweep().until("before commit")
    credit = stage.do(commands.adjust(stage.store, "late", 7 * DOLLAR)).until("after commit")
    sweep.finish()
    credit.finish()
    assert stage.desk.deductions("train") == [12 * DOLLAR]
    stage.desk.until(NOON + 36 * HOUR)
    stage.sweep().finish()
    assert stage.desk.deductions("train") == [12 * DOLLAR, 8 * DOLLAR]
    (suspended,) = stage.desk.told(Topic.ACCOUNT_SUSPENDED)
    (restored,) = stage.desk.told(Topic.ACCOUNT_RESTORED)
    assert (suspended.created_at, restored.created_at) == (NOON + 20 * HOUR, NOON + DAY)
    check(stage)


@pytest.mark.parametrize("credit_first", [True, False])
def test_a_credit_at_the_second_of_the_end_loses_to_it_whoever_commits_first(credit_first: bool) -> None:
    stage = ended_stage()
    credit = stage.do(commands.adjust(stage.store, "late", 100 * DOLLAR)).until("before commit")
    sweep = stage.sweep().until("before commit")
    for invocation in (credit, sweep) if credit_first else (sweep, credit):
        invocation.finish()
    assert len(stage.desk.told(Topic.ENDED_FOR_GOOD)) == 1
    assert stage.desk.account.totals.live == 0
    assert (stage.desk.account.status, stage.desk.balance) == (Status.ACTIVE, 100 * DOLLAR)
    check(stage)


def test_a_sweep_that_would_end_what_a_credit_has_just_saved_decides_again() -> None:
    """The credit's clock is a second behind: for the account it came before the end, and the end is checked again."""
    stage = ended_stage()
    sweep = stage.sweep().until("before commit")
    stage.do(commands.adjust(stage.store, "in time", 100 * DOLLAR), clock_error=-1).finish()
    sweep.finish()
    assert stage.desk.told(Topic.ENDED_FOR_GOOD) == []
    assert (stage.desk.account.status, stage.desk.account.totals.live) == (Status.ACTIVE, 1)
    check(stage)


def ended_stage() -> Stage:
    """The second at which a halted server ends, its last call written."""
    stage = a_stage("1.00")
    stage.desk.rent("train", DOLLAR)
    stage.desk.until(NOON + HOUR + 6 * DAY)
    stage.desk.sweep()
    stage.desk.until(NOON + HOUR + 7 * DAY)
    return stage


@pytest.mark.parametrize("stop", ["before commit", "after commit"])
def test_a_credit_that_dies_is_booked_once_when_it_is_tried_again(stop: str) -> None:
    stage = a_stage()
    stage.do(commands.adjust(stage.store, "once", 5)).until(stop).step(KILL)
    stage.do(commands.adjust(stage.store, "once", 5)).finish()
    assert [entry.amount for entry in stage.desk.journal] == [100 * DOLLAR, 5]
    check(stage)


@pytest.mark.parametrize("stop", ["before commit", "after commit"])
def test_a_rent_without_an_answer_makes_one_rental(stop: str) -> None:
    stage = a_stage()
    stage.do(commands.rent(stage.store, "train", DOLLAR)).until(stop).step(LOSE)
    stage.finish()
    assert [meter.name for meter in stage.desk.store.meters("acct_test")] == ["train"]
    assert stage.desk.account.totals.live_rentals == 1
    check(stage)


def test_a_credit_that_dies_before_its_restore_is_restored_by_the_next_who_comes() -> None:
    stage = a_stage("1.00")
    stage.desk.rent("train", DOLLAR)
    stage.desk.wait(hours=2)
    stage.sweep().finish()
    stage.do(commands.adjust(stage.store, "credit", 5 * DOLLAR)).until("after commit").step(KILL)
    assert stage.desk.account.status is Status.SUSPENDED
    stage.desk.wait(seconds=30)
    stage.sweep().finish()
    assert stage.desk.account.status is Status.ACTIVE
    (restored,) = stage.desk.told(Topic.ACCOUNT_RESTORED)
    assert restored.created_at == NOON + 2 * HOUR
    check(stage)


def test_a_server_seen_running_while_its_account_is_being_suspended_is_not_metered() -> None:
    """It had decided to charge; the suspension came first; it decides again."""
    stage = a_stage("2.00")
    stage.desk.rent("train", DOLLAR)
    stage.desk.rent("slow", DOLLAR, seen_running=False)
    stage.desk.wait(hours=2, seconds=-1)
    online = stage.do(commands.online("slow")).until("before commit")
    stage.desk.wait(seconds=1)
    stage.sweep().finish()
    online.finish()
    assert stage.desk.account.status is Status.SUSPENDED
    assert stage.desk.account.totals.rate == 0
    check(stage)


def test_a_suspension_that_was_not_committed_has_told_nobody() -> None:
    """Messages are part of the decision: who dies before the commit has said nothing, who comes next says it."""
    stage = a_stage("1.00")
    stage.desk.rent("train", DOLLAR)
    stage.desk.wait(hours=2)
    told = len(stage.desk.messages)
    stage.sweep().until("before commit").step(KILL)
    assert len(stage.desk.messages) == told
    stage.sweep().finish()
    assert len(stage.desk.told(Topic.ACCOUNT_SUSPENDED)) == 1
    check(stage)


def test_a_lease_that_is_taken_away_at_its_second_has_ended_whoever_commits_first() -> None:
    stage = a_stage()
    stage.desk.rent("train", DOLLAR)
    stage.desk.lease("train", NOON + HOUR)
    stage.desk.wait(hours=1)
    removal = stage.do(commands.lease("train", None, 0)).until("before commit")
    sweep = stage.sweep().until("before commit")
    removal.finish()
    sweep.finish()
    (ended,) = stage.desk.told(Topic.LEASE_ENDED)
    assert ended.created_at == NOON + HOUR
    assert stage.desk.account.totals.rate == 0
    check(stage)


def test_a_sweep_that_would_end_a_lease_which_was_just_prolonged_decides_again() -> None:
    """The owner's clock is a second behind: for the account the request came before the end."""
    stage = a_stage()
    stage.desk.rent("train", DOLLAR)
    stage.desk.lease("train", NOON + HOUR)
    stage.desk.wait(hours=1)
    sweep = stage.sweep().until("before commit")
    stage.do(commands.lease("train", NOON + 2 * HOUR, 0), clock_error=-1).finish()
    sweep.finish()
    assert stage.desk.told(Topic.LEASE_ENDED) == []
    assert stage.desk.account.totals.rate == DOLLAR
    check(stage)


def test_who_reads_the_account_before_a_lease_is_set_and_its_meter_afterwards_decides_again() -> None:
    stage = a_stage()
    stage.desk.rent("train", DOLLAR)
    stop = stage.do(commands.stop("train", 7)).until("after account")
    stage.do(commands.lease("train", NOON + HOUR, 7)).finish()
    stop.finish()
    assert (stop.refusal, stage.desk.account.totals.rate, list(stage.desk.account.leases)) == (None, 7, [NOON + HOUR])
    check(stage)


def test_a_server_seen_running_while_its_lease_ends_is_not_metered() -> None:
    stage = a_stage()
    stage.desk.rent("slow", DOLLAR, seen_running=False)
    stage.desk.lease("slow", NOON + HOUR)
    stage.desk.wait(hours=1, seconds=-1)
    online = stage.do(commands.online("slow")).until("before commit")
    stage.desk.wait(seconds=1)
    stage.sweep().finish()
    online.finish()
    assert stage.desk.account.totals.rate == 0
    check(stage)


def test_two_who_start_something_at_the_second_of_the_cap_are_both_refused() -> None:
    stage = a_stage()
    stage.desk.rent("train", DOLLAR)
    stage.desk.cap("1.00")
    stage.desk.wait(hours=1)
    for number in range(2):
        stage.do(commands.rent(stage.store, f"more{number}", 1)).until("before commit")
    stage.finish()
    assert [invocation.refusal.code for invocation in stage.invocations if invocation.refusal] == [
        "spending_cap_reached", "spending_cap_reached",
    ]  # fmt: skip
    assert len(stage.desk.told(Topic.SPENDING_CAP_REACHED)) == 1
    check(stage)


def test_an_invocation_that_slept_for_hours_writes_nothing_old() -> None:
    """A Lambda frozen before its commit, and everything that happened meanwhile."""
    stage = a_stage("30.00")
    stage.desk.rent("train", DOLLAR)
    stage.desk.wait(hours=1)
    sleeper = stage.do(commands.stop("train", 1)).until("before commit")
    stage.desk.wait(days=2)
    stage.sweep().finish()
    sleeper.finish()
    assert sum(stage.desk.deductions("train")) == 30 * DOLLAR
    moments = [entry.facts.created_at for entry in stage.desk.journal]
    assert moments == sorted(moments)
    check(stage)
