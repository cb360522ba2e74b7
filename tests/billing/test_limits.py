"""Limits: of an account's services, of what an adjustment may be, and of the numbers that an operator may set."""

import pytest

from chalicelib.billing.adjustments import Adjustments
from chalicelib.billing.payables import Payables, payables
from chalicelib.billing.policy import Policy
from chalicelib.clock import DAY
from chalicelib.errors import Conflict, Invalid
from chalicelib.money import MAX_MICROS
from tests.billing.desk import ACCOUNT, DOLLAR, Desk


def test_so_many_services_are_active_at_most_and_one_more_after_one_has_ended() -> None:
    desk = Desk(policy=Policy(service_limit=2))
    desk.credit("100.00")
    service = Payables(desk.books)
    first, second, third, *_ = payables()
    service.activate(ACCOUNT, first.code)
    active = service.activate(ACCOUNT, second.code)
    with pytest.raises(Conflict) as refused:
        service.activate(ACCOUNT, third.code)
    assert refused.value.code == "service_limit_reached"
    service.deactivate(ACCOUNT, active.meter_id)
    service.activate(ACCOUNT, third.code)


def test_twenty_services_are_the_limit() -> None:
    assert Policy().service_limit == 20


def test_a_service_is_charged_from_its_activation_to_its_deactivation() -> None:
    desk = Desk()
    desk.credit("100.00")
    service, (first, *_) = Payables(desk.books), payables()
    desk.wait(seconds=10)
    active = service.activate(ACCOUNT, first.code)
    desk.wait(hours=2)
    service.deactivate(ACCOUNT, active.meter_id)
    desk.wait(hours=2)
    assert desk.balance == 100 * DOLLAR - 2 * first.price_per_hour


def test_a_reference_is_booked_once_and_with_one_amount() -> None:
    desk = Desk()
    adjust = Adjustments(desk.books).adjust
    booked = adjust(ACCOUNT, 5, "Refund", "ticket-7")
    again = adjust(ACCOUNT, 5, "Refund", "ticket-7")
    assert booked.entry is not None
    assert (again.entry, again.adjustment) == (None, booked.adjustment)
    with pytest.raises(Conflict) as refused:
        adjust(ACCOUNT, 6, "Refund", "ticket-7")
    assert refused.value.code == "reference_taken"
    assert desk.balance == 5


@pytest.mark.parametrize("amount", [0, MAX_MICROS + 1, -MAX_MICROS - 1])
def test_an_amount_is_neither_nothing_nor_beyond_measure(amount: int) -> None:
    desk = Desk()
    with pytest.raises(Invalid):
        Adjustments(desk.books).adjust(ACCOUNT, amount, "Refund", "ticket-7")
    assert desk.journal == []


@pytest.mark.parametrize(
    "numbers",
    [
        {"grace_seconds": DAY - 1},
        {"longest_grace_seconds": DAY - 1},
        {"meters_in_one_close": 0},
        {"meters_in_one_close": 50},
        {"rental_limit": 30},
        {"service_limit": 45},
    ],
)
def test_numbers_that_would_break_the_books_are_refused(numbers: dict[str, int]) -> None:
    """An end before the day's close, a close or a suspension of more items than a transaction has."""
    with pytest.raises(ValueError):
        Policy(**numbers)


def test_numbers_may_go_up_to_what_the_books_can_carry() -> None:
    Policy(grace_seconds=DAY, longest_grace_seconds=DAY, meters_in_one_close=49, rental_limit=29)
