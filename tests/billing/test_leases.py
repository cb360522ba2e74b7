"""Leases: a rental that is stopped at a second which its owner has set, however late anybody notices."""

import pytest

from chalicelib.billing.account import Account, Status
from chalicelib.billing.meters import leases_of
from chalicelib.billing.outlook import outlook, preview
from chalicelib.billing.policy import Policy
from chalicelib.billing.reconciliation import Auditor
from chalicelib.billing.totals import Lapse
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import PaymentRequired
from chalicelib.notices.messages import Topic
from tests.billing import commands
from tests.billing.desk import ACCOUNT, DOLLAR, NOON, Desk
from tests.billing.memory_books import MemoryBooks

DISK = DOLLAR // 10


def leased(hours: int = 2, dollars: str = "100.00") -> Desk:
    """A server at a dollar an hour that is to be stopped after so many hours, and then costs ten cents an hour."""
    desk = Desk()
    desk.credit(dollars)
    desk.rent("train", DOLLAR)
    desk.lease("train", NOON + hours * HOUR, DISK)
    return desk


def ended_at(desk: Desk) -> list[object]:
    """When each lease ended, as its owner was told."""
    return [message.facts["ended_at"] for message in desk.told(Topic.LEASE_ENDED)]


@pytest.mark.parametrize("late_seconds", [0, 1, 59, HOUR, 5 * DAY])
def test_however_late_it_is_noticed_it_ended_at_its_own_second(late_seconds: int) -> None:
    desk = leased()
    desk.wait(hours=2, seconds=late_seconds)
    desk.sweep()
    (message,) = desk.told(Topic.LEASE_ENDED)
    assert (message.created_at, message.facts["ended_at"]) == (NOON + 2 * HOUR, NOON + 2 * HOUR)
    assert (message.facts["subject_id"], message.facts["rate"]) == ("train", DISK)
    used = 2 * HOUR * DOLLAR + late_seconds * DISK
    assert 100 * DOLLAR * 3600 - desk.account.balance_units(desk.now) == used
    assert desk.account.totals.rate == DISK


def test_a_second_before_it_runs() -> None:
    desk = leased()
    desk.wait(hours=2, seconds=-1)
    desk.sweep()
    assert (desk.account.totals.rate, ended_at(desk)) == (DOLLAR, [])
    assert desk.store.due_at(ACCOUNT) == NOON + 2 * HOUR


def test_it_is_told_once_and_then_there_is_no_lease() -> None:
    desk = leased()
    for _ in range(4):
        desk.wait(hours=1)
        desk.sweep()
        desk.sweep()
    meter = desk.meter("train")
    assert meter is not None
    assert (meter.lease_ends_at, meter.resumes, meter.wished_price) == (None, True, DISK)
    assert (ended_at(desk), desk.account.leases) == ([NOON + 2 * HOUR], {})


def test_several_end_in_the_order_of_their_moments() -> None:
    desk = leased()
    desk.rent("second", 3 * DOLLAR)
    desk.rent("third", 3 * DOLLAR)
    desk.lease("second", NOON + HOUR)
    desk.lease("third", NOON + 2 * HOUR)
    desk.wait(hours=5)
    desk.sweep()
    told = [(message.created_at - NOON, message.facts["name"]) for message in desk.told(Topic.LEASE_ENDED)]
    assert told == [(HOUR, "second"), (2 * HOUR, "third"), (2 * HOUR, "train")]


def test_the_line_carries_what_each_moment_moves() -> None:
    desk = leased()
    desk.rent("second", 3 * DOLLAR, seen_running=False)
    desk.lease("second", NOON + 2 * HOUR, 7)
    running = Lapse(meters=1, running=DOLLAR, wished=DOLLAR, stopped=DISK)
    assert desk.account.leases == {NOON + 2 * HOUR: running + Lapse(meters=1, wished=3 * DOLLAR, stopped=7)}
    desk.end("second")
    assert desk.account.leases == {NOON + 2 * HOUR: running}
    desk.lease("train", None)
    assert desk.account.leases == {}


def test_another_moment_replaces_the_one_before() -> None:
    desk = leased()
    desk.lease("train", NOON + 5 * HOUR, DISK)
    desk.wait(hours=6)
    desk.sweep()
    assert ended_at(desk) == [NOON + 5 * HOUR]


def test_one_that_was_taken_away_does_not_end() -> None:
    desk = leased()
    desk.lease("train", None)
    desk.wait(hours=6)
    desk.sweep()
    assert (ended_at(desk), desk.account.totals.rate) == ([], DOLLAR)


def test_what_its_owner_had_stopped_by_then_stays_as_it_is_and_nobody_is_told() -> None:
    desk = leased()
    desk.wait(hours=1)
    desk.stop("train", DISK)
    desk.wait(hours=3)
    desk.sweep()
    assert (ended_at(desk), desk.account.leases, desk.account.totals.rate) == ([], {}, DISK)


def test_what_is_started_again_before_then_is_stopped_all_the_same() -> None:
    desk = leased()
    desk.stop("train", DISK)
    desk.start("train")
    desk.online("train")
    desk.wait(hours=3)
    desk.sweep()
    assert (ended_at(desk), desk.account.totals.rate) == ([NOON + 2 * HOUR], DISK)


def test_started_again_afterwards_it_runs_without_one() -> None:
    desk = leased()
    desk.wait(hours=3)
    desk.start("train")
    desk.online("train")
    desk.wait(days=2)
    desk.sweep()
    assert (ended_at(desk), desk.account.totals.rate) == ([NOON + 2 * HOUR], DOLLAR)


def test_what_has_not_run_yet_is_stopped_free() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("queued", DOLLAR, seen_running=False)
    desk.lease("queued", NOON + HOUR)
    desk.wait(hours=2)
    assert not desk.online("queued"), "it is no longer wished running"
    assert (ended_at(desk), desk.balance) == ([NOON + HOUR], 100 * DOLLAR)


def test_what_was_terminated_before_has_no_lease() -> None:
    desk = leased()
    desk.end("train")
    assert desk.account.leases == {}
    desk.wait(hours=3)
    desk.sweep()
    assert ended_at(desk) == []


def test_what_is_halted_with_its_account_stays_stopped_after_the_restore() -> None:
    desk = leased(hours=3, dollars="1.00")
    desk.wait(hours=4)
    desk.sweep()
    assert (desk.account.status, ended_at(desk)) == (Status.SUSPENDED, [NOON + 3 * HOUR])
    desk.credit("10.00")
    assert (desk.account.status, desk.account.totals.rate) == (Status.ACTIVE, DISK)
    assert not desk.online("train")


def test_the_end_of_a_lease_restores_at_its_second_when_the_rest_is_covered() -> None:
    """An hour of the server was not covered; an hour of its disk is."""
    desk = leased(hours=3, dollars="1.00")
    desk.wait(hours=2)
    desk.credit("0.50")
    assert desk.account.status is Status.SUSPENDED
    desk.wait(days=1)
    desk.sweep()
    (restored,) = desk.told(Topic.ACCOUNT_RESTORED)
    assert restored.created_at == NOON + 3 * HOUR


def test_it_goes_before_a_run_out_at_the_same_second() -> None:
    """A second that is not used need not be paid."""
    desk = leased(hours=1, dollars="1.00")
    desk.lease("train", NOON + HOUR, 0)
    desk.wait(hours=5)
    desk.sweep()
    assert (desk.account.status, ended_at(desk), desk.balance) == (Status.ACTIVE, [NOON + HOUR], 0)


def test_a_last_call_that_is_written_late_moves_no_lease() -> None:
    """The call is stamped with the second of its writing, and what fell due before then with its own."""
    desk = leased(hours=1 + 6 * 24 + 2, dollars="1.00")
    desk.wait(hours=1 + 6 * 24 + 5)
    desk.sweep()
    assert ended_at(desk) == [NOON + HOUR + 6 * DAY + 2 * HOUR]
    (call,) = desk.told(Topic.LAST_CALL)
    assert call.created_at == desk.now


def test_the_deduction_has_both_prices() -> None:
    desk = leased(hours=2)
    desk.wait(hours=12)
    desk.sweep()
    (entry,) = [entry for entry in desk.journal if entry.facts.cause == "train"]
    lines = [(line.seconds, line.price_per_hour) for line in entry.facts.lines]
    assert lines == [(2 * HOUR, DOLLAR), (10 * HOUR, DISK)]
    assert desk.deductions("train") == [3 * DOLLAR]


def test_a_read_sees_the_end_before_any_sweep() -> None:
    """From the account's record alone: rate, balance and run-out are those after the lease."""
    desk = leased(hours=2, dollars="3.00")
    desk.wait(hours=4)
    record, commits = desk.account, len(desk.store.commits)
    seen = outlook(record, desk.now, Policy())
    assert (seen.rate_per_hour, seen.balance) == (DISK, DOLLAR - 2 * DISK)
    assert seen.runs_out_at == NOON + 12 * HOUR
    assert len(desk.store.commits) == commits
    desk.sweep()
    assert outlook(desk.account, desk.now, Policy()) == seen


def test_a_read_sees_a_suspension_among_leases() -> None:
    desk = leased(hours=3, dollars="4.00")
    desk.rent("second", 2 * DOLLAR)
    desk.lease("second", NOON + HOUR, DISK)
    desk.wait(hours=50)
    seen = preview(desk.account, desk.now, Policy())
    desk.sweep()
    settled: Account = desk.account.folded(desk.now)
    assert (seen.totals, seen.leases, seen.status) == (settled.totals, settled.leases, settled.status)
    assert seen.balance_units(desk.now) == settled.balance_units(desk.now)


def test_what_has_been_stopped_by_its_lease_passes_the_check_of_a_start() -> None:
    desk = leased(hours=2, dollars="2.50")
    desk.wait(hours=3)
    with pytest.raises(PaymentRequired):
        desk.start("train")


def test_the_books_are_whole() -> None:
    desk = leased()
    desk.rent("second", DOLLAR)
    desk.lease("second", NOON + DAY, DISK)
    for _ in range(30):
        desk.wait(hours=1)
        desk.sweep()
        assert desk.account.leases == leases_of(desk.store.meters(ACCOUNT))
        assert Auditor(desk.store).audit().differences == []


def test_leases_that_the_record_does_not_have_are_a_difference() -> None:
    desk = leased()
    store: MemoryBooks = desk.store
    key = ("accounts", ACCOUNT, "meter#train")
    meter = store.records[key]
    store.records[key] = meter.at_price(meter.price, desk.now).lapsed(desk.now, charged=True)
    assert any("leases" in difference.what for difference in Auditor(store).audit().differences)


def test_a_leftover_on_the_record_is_put_right_at_its_moment() -> None:
    desk = leased()

    def leave_over(state: commands.State) -> commands.Outcome[bool]:
        draft = state.draft()
        draft.set(leases={**state.account.leases, NOON + HOUR: Lapse(meters=1)})
        return commands.Outcome(True, draft.done())

    desk.do(leave_over)
    desk.wait(hours=1)
    desk.sweep()
    assert list(desk.account.leases) == [NOON + 2 * HOUR]
