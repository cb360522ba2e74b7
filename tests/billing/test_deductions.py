"""Deductions: once a day, one entry for each rental and service that was used, up to that midnight and no further."""

import pytest

from chalicelib.billing.chart import EntryKind
from chalicelib.billing.policy import Policy
from chalicelib.billing.usage import UsageLine
from chalicelib.clock import DAY, HOUR
from tests.billing.desk import ACCOUNT, FIRST_MIDNIGHT, NOON, Desk

MIDNIGHT = FIRST_MIDNIGHT + DAY


def test_one_hour_and_five_seconds_cost_3605_seconds() -> None:
    desk = Desk()
    desk.credit("10.00")
    desk.rent("train", 3_600_000)
    desk.wait(hours=1, seconds=5)
    desk.end("train")
    desk.until(MIDNIGHT)
    desk.sweep()
    assert desk.deductions("train") == [3_605_000]
    assert desk.journal[-1].facts.lines == (UsageLine(NOON, NOON + 3605, 3_600_000),)


def test_each_rental_and_service_has_its_own_entry_for_each_day() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("one", 3_600)
    desk.rent("two", 7_200)
    desk.activate("licence", 3_600)
    desk.until(MIDNIGHT + DAY)
    desk.sweep()
    used = [(entry.facts.cause, entry.facts.created_at, -entry.amount) for entry in desk.journal[1:]]
    assert used == [
        ("licence", MIDNIGHT, 12 * 3_600),
        ("one", MIDNIGHT, 12 * 3_600),
        ("two", MIDNIGHT, 12 * 7_200),
        ("licence", MIDNIGHT + DAY, 24 * 3_600),
        ("one", MIDNIGHT + DAY, 24 * 3_600),
        ("two", MIDNIGHT + DAY, 24 * 7_200),
    ]
    assert {entry.facts.kind for entry in desk.journal[1:]} == {EntryKind.USAGE}


def test_a_close_that_runs_days_late_books_the_same_days() -> None:
    prompt, late = Desk(), Desk()
    for desk in (prompt, late):
        desk.credit("1000.00")
        desk.rent("train", 1_234_567)
    for _ in range(5):
        prompt.wait(days=1)
        prompt.sweep()
    late.wait(days=5)
    late.sweep()
    assert [entry.hash for entry in late.journal] == [entry.hash for entry in prompt.journal]
    assert len(late.journal) == 1 + 5


def test_a_late_entry_says_when_it_was_written() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("train", 3_600)
    desk.until(MIDNIGHT + 3 * HOUR)
    desk.sweep()
    assert desk.journal[-1].facts.created_at == MIDNIGHT
    assert desk.journal[-1].recorded_at == MIDNIGHT + 3 * HOUR


def test_nothing_used_nothing_booked() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("queued", 3_600, seen_running=False)
    desk.wait(days=3)
    desk.sweep()
    assert len(desk.journal) == 1
    assert desk.balance == 100_000_000


def test_a_rental_that_ended_that_day_is_still_deducted() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("train", 3_600_000)
    desk.wait(seconds=10)
    desk.end("train")
    assert desk.deductions("train") == []
    desk.until(MIDNIGHT)
    desk.sweep()
    assert desk.deductions("train") == [10_000]
    assert desk.meter("train") is None


def test_the_lines_show_every_price_of_the_day() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("train", 3_600)
    desk.wait(hours=1)
    desk.stop("train", 36)
    desk.wait(hours=1)
    desk.start("train")
    desk.wait(hours=1)
    desk.online("train")
    desk.until(MIDNIGHT)
    desk.sweep()
    assert desk.journal[-1].facts.lines == (
        UsageLine(NOON, NOON + HOUR, 3_600),
        UsageLine(NOON + HOUR, NOON + 2 * HOUR, 36),
        UsageLine(NOON + 3 * HOUR, MIDNIGHT, 3_600),
    )


def test_a_deduction_leaves_the_balance_where_it_is() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("train", 1_234_567)
    desk.until(MIDNIGHT)
    before = desk.account.balance_units(MIDNIGHT)
    desk.sweep()
    assert desk.account.balance_units(MIDNIGHT) == before
    assert desk.account.ledger == 100_000_000 - sum(desk.deductions("train"))


def test_many_days_are_rounded_down_once() -> None:
    """1 micro-dollar an hour: 24 a day, and what is below stays on the meter over ten closes."""
    desk = Desk(now=FIRST_MIDNIGHT + 1)
    desk.credit("100.00")
    desk.rent("train", 1)
    desk.wait(days=10, seconds=1_800)
    desk.end("train")
    desk.wait(days=1)
    desk.sweep()
    assert desk.deductions("train") == [23, *[24] * 9, 1]
    assert sum(desk.deductions("train")) == (10 * DAY + 1_800) // 3600


def test_what_is_left_of_a_micro_dollar_is_dropped_when_the_meter_ends() -> None:
    """At rest the balance is the ledger."""
    desk = Desk()
    desk.credit("1.00")
    desk.rent("train", 1)
    desk.wait(seconds=10)
    assert desk.balance == 999_999
    desk.end("train")
    desk.until(MIDNIGHT)
    desk.sweep()
    assert desk.account.unbooked == 0
    assert desk.balance == desk.account.ledger == 1_000_000


def test_a_meter_that_ends_after_its_close_drops_its_rest_at_once() -> None:
    desk = Desk()
    desk.credit("1.00")
    desk.rent("train", 1)
    desk.until(MIDNIGHT - 1)
    desk.stop("train", 0)
    desk.until(MIDNIGHT + 5)
    desk.sweep()
    assert desk.account.unbooked == 12 * HOUR - 1 - 11 * 3600
    desk.end("train")
    assert (desk.account.unbooked, desk.meter("train")) == (0, None)


@pytest.mark.parametrize(("meters", "transactions"), [(49, 1), (50, 2), (98, 2), (99, 3)])
def test_a_close_of_many_meters_is_done_in_parts_of_49(meters: int, transactions: int) -> None:
    desk = many_meters(meters)
    before = len(desk.store.commits)
    desk.sweep()
    parts = [commit.change for commit in desk.store.commits[before:] if commit.change and commit.change.entries]
    assert len(parts) == transactions == len(desk.store.commits) - before
    assert all(len(part.entries) <= 49 for part in parts)
    assert len(desk.journal) == 1 + meters


def test_each_part_of_a_close_leaves_the_books_whole() -> None:
    desk = many_meters(99)
    before = len(desk.store.commits)
    desk.sweep()
    assert len(desk.journal) == 1 + 99
    for commit in desk.store.commits[before:]:
        change = commit.change
        assert change is not None
        dropped = sum(item.before.units % 3600 for item in change.meters if item.before and item.after is None)
        rise = change.after.balance_units(MIDNIGHT) - change.before.balance_units(MIDNIGHT)
        assert rise == dropped, "the balance moves by what ended meters drop, and by nothing else"


def test_a_close_that_died_between_parts_goes_on_where_it_stopped() -> None:
    whole, broken = many_meters(60), many_meters(60)
    whole.sweep()

    class Died(BaseException):
        """The invocation is gone."""

    class Dying:
        """Carries out one commit, and no other."""

        def __init__(self) -> None:
            self.left = 1

        def __getattr__(self, name: str) -> object:
            return getattr(broken.store, name)

        def commit(self, *args: object) -> None:
            if self.left == 0:
                raise Died
            self.left -= 1
            broken.store.commit(*args)  # type: ignore[arg-type]

    with pytest.raises(Died):
        broken.with_store(Dying(), Policy()).settle(ACCOUNT)  # type: ignore[arg-type]
    assert len(broken.journal) == 1 + 49
    broken.rent("late", 3_600)
    assert [entry.hash for entry in broken.journal] == [entry.hash for entry in whole.journal]
    assert broken.account.unclosed_since == MIDNIGHT


def many_meters(count: int) -> Desk:
    """A desk at the midnight after so many services have run for a while; all but ten have ended."""
    desk = Desk()
    desk.credit("1000.00")
    for number in range(count):
        desk.activate(f"s{number:03}", 3_601)
        desk.wait(seconds=1)
        if number % 10 or number >= 100:
            desk.end(f"s{number:03}")
    desk.until(MIDNIGHT)
    return desk
