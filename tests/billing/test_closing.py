"""Closing an account's line: what it counts, what it books, and that nothing about it changes afterwards."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.accounts.belongings import Unprepared
from chalicelib.billing.adjustments import Adjustments
from chalicelib.billing.chart import FORFEITED, EntryKind
from chalicelib.billing.closing import LineClosing
from chalicelib.billing.dunning import due_at
from chalicelib.billing.limits import Limits
from chalicelib.billing.policy import Policy
from chalicelib.billing.reconciliation import Auditor, check_account
from chalicelib.clock import DAY
from chalicelib.errors import Conflict, Forbidden
from chalicelib.writes import Write
from tests.billing.desk import ACCOUNT, DOLLAR, Desk

NOTHING: Callable[[], list[Write]] = list


@pytest.fixture
def desk() -> Desk:
    """An account with a hundred dollars."""
    desk = Desk()
    desk.credit("100.00")
    return desk


def closed(desk: Desk, forfeit: int | None = None, beside: Callable[[], list[Write]] = NOTHING) -> None:
    """Closed as its owner's use case does it."""
    closing = LineClosing(desk.books)
    closing.check(ACCOUNT, forfeit)
    closing.book_ended(ACCOUNT)
    closing.close(ACCOUNT, forfeit, beside)


def refused(desk: Desk, forfeit: int | None = None) -> str:
    """Why it is not closed."""
    with pytest.raises(Conflict) as refusal:
        closed(desk, forfeit)
    return refusal.value.code


def test_what_is_given_up_is_one_adjustment_to_the_platform(desk: Desk) -> None:
    closed(desk, 100 * DOLLAR)
    _, given_up = desk.journal
    assert (given_up.facts.kind, given_up.amount, given_up.balance_after) == (EntryKind.ADJUSTMENT, -100 * DOLLAR, 0)
    assert given_up.facts.amount_for(FORFEITED) == 100 * DOLLAR
    assert (desk.account.closed_at, desk.account.ledger) == (desk.now, 0)
    assert Auditor(desk.store).audit().differences == []


def test_what_has_ended_is_counted_and_booked_at_that_second(desk: Desk) -> None:
    desk.rent("rent_one", 3_601)
    desk.wait(seconds=1_001)
    desk.end("rent_one")
    left = 100 * DOLLAR - 3_601 * 1_001 // 3_600
    assert refused(desk) == "balance_left"
    assert refused(desk, left - 1) == refused(desk, left + 1) == "forfeit_differs"
    assert len(desk.journal) == 1, "a refusal books nothing"
    closed(desk, left)
    used = desk.journal[1]
    assert (used.facts.cause, used.facts.created_at, used.amount) == ("rent_one", desk.now, left - 100 * DOLLAR)
    assert used.facts.details["day"] == "2024-10-04"
    assert (desk.account.unbooked, desk.store.meters(ACCOUNT)) == (0, ())
    assert Auditor(desk.store).audit().differences == []


def test_more_that_has_ended_than_one_transaction_holds_is_booked_in_parts() -> None:
    desk = Desk(policy=Policy(meters_in_one_close=2))
    desk.credit("100.00")
    for number in range(5):
        desk.activate(f"srvc_{number}", 3_600)
        desk.wait(seconds=10)
        desk.end(f"srvc_{number}")
    closed(desk, 100 * DOLLAR - 50)
    assert [entry.amount for entry in desk.journal[1:-1]] == [-10] * 5
    assert Auditor(desk.store).audit().differences == []


def test_nothing_is_booked_early_while_something_lives(desk: Desk) -> None:
    desk.activate("srvc_ended", 3_600)
    desk.activate("srvc_lives", 3_600)
    desk.wait(seconds=10)
    desk.end("srvc_ended")
    LineClosing(desk.books).book_ended(ACCOUNT)
    assert len(desk.journal) == 1
    assert refused(desk, 100 * DOLLAR) == "account_in_use"


def test_what_ends_between_the_booking_and_the_decision_is_booked_first(desk: Desk) -> None:
    desk.activate("srvc_late", 3_600)
    desk.wait(seconds=10)
    desk.end("srvc_late")
    with pytest.raises(Unprepared):
        LineClosing(desk.books).close(ACCOUNT, 100 * DOLLAR - 10, NOTHING)
    assert desk.account.closed_at is None


def test_closing_again_changes_nothing_and_asks_for_nothing_beside(desk: Desk) -> None:
    closed(desk, 100 * DOLLAR)
    before = desk.account

    def never() -> list[Write]:
        raise AssertionError("nothing is to be written")

    LineClosing(desk.books).close(ACCOUNT, 100 * DOLLAR, never)
    assert desk.account == before


def test_an_account_without_a_currency_is_closed_without_an_entry() -> None:
    desk = Desk()
    closed(desk)
    assert desk.journal == [] and desk.account.closed_at == desk.now


def test_nothing_about_a_closed_account_changes_or_falls_due(desk: Desk) -> None:
    closed(desk, 100 * DOLLAR)
    before = desk.account
    for late in (
        lambda: Adjustments(desk.books).adjust(ACCOUNT, 1, "Late", "late"),
        lambda: Adjustments(desk.books).adjust(ACCOUNT, -1, "Late", "late"),
        lambda: Limits(desk.books).set_rental_limit(ACCOUNT, 1),
        lambda: desk.activate("srvc_late", 1),
        lambda: desk.rent("rent_late", 1),
    ):
        with pytest.raises(Forbidden) as refusal:
            late()
        assert refusal.value.code == "account_closed"
    desk.wait(days=400)
    assert desk.sweep().steps == ()
    assert (desk.account, due_at(desk.account, Policy()), desk.store.due_at(ACCOUNT)) == (before, None, None)


@pytest.mark.parametrize("wrong", [{"ledger": 1}, {"unbooked": 1}, {"listed_at": DAY}])
def test_the_verifier_finds_what_is_left_on_a_closed_account(desk: Desk, wrong: dict[str, int]) -> None:
    closed(desk, 100 * DOLLAR)
    entries = desk.journal
    assert check_account(desk.account, (), entries) == []
    found = check_account(replace(desk.account, **wrong), (), entries)  # type: ignore[arg-type]
    assert any("it is closed" in difference.what for difference in found)
