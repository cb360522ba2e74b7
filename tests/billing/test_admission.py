"""Who may start what: one hour of everything live, and of the new one, at running price."""

import pytest

from chalicelib.errors import Conflict, PaymentRequired
from tests.billing.desk import DOLLAR, Desk


def funded(dollars: str) -> Desk:
    """A desk with so many dollars."""
    desk = Desk()
    desk.credit(dollars)
    return desk


def test_an_hour_of_the_new_one_is_enough() -> None:
    desk = funded("1.00")
    desk.rent("train", DOLLAR, seen_running=False)
    assert desk.account.totals.live_rentals == 1


def test_a_micro_dollar_less_is_not() -> None:
    with pytest.raises(PaymentRequired, match=r"Top up at least \$0.000001"):
        funded("0.999999").rent("train", DOLLAR)


def test_a_part_of_a_micro_dollar_less_is_not() -> None:
    desk = funded("1.00")
    desk.activate("licence", 1)
    desk.wait(seconds=1)
    desk.end("licence")
    with pytest.raises(PaymentRequired):
        desk.rent("train", DOLLAR)


def test_servers_that_are_not_charged_yet_count_too() -> None:
    desk = funded("1.99")
    desk.rent("train", DOLLAR, seen_running=False)
    with pytest.raises(PaymentRequired, match=r"costs \$2.00"):
        desk.rent("second", DOLLAR)


def test_stopped_servers_count_at_their_running_price() -> None:
    desk = funded("2.00")
    desk.rent("train", DOLLAR)
    desk.stop("train", 10)
    desk.wait(seconds=3600)
    with pytest.raises(PaymentRequired):
        desk.rent("second", DOLLAR)


def test_services_count() -> None:
    desk = funded("2.00")
    desk.activate("licence", DOLLAR)
    desk.wait(seconds=1)
    with pytest.raises(PaymentRequired):
        desk.rent("train", DOLLAR)


def test_starting_a_stopped_server_passes_the_same_check() -> None:
    desk = funded("1.00")
    desk.rent("train", DOLLAR)
    desk.stop("train", 10)
    desk.start("train")
    desk.online("train")
    desk.stop("train", 10)
    desk.wait(seconds=1)
    with pytest.raises(PaymentRequired):
        desk.start("train")


def test_ended_ones_count_no_more() -> None:
    desk = funded("1.00")
    desk.rent("train", DOLLAR)
    desk.end("train")
    desk.rent("second", DOLLAR)


def test_the_price_of_a_rental_is_fixed_when_it_is_made() -> None:
    """A dearer catalogue prices the next one, and changes nothing of the first."""
    desk = funded("100.00")
    desk.rent("train", DOLLAR)
    desk.rent("dearer", 2 * DOLLAR)
    train = desk.meter("train")
    assert train is not None and (train.price, train.full_price) == (DOLLAR, DOLLAR)
    assert desk.account.totals.hourly_need == 3 * DOLLAR


def test_a_name_is_unique_among_live_rentals() -> None:
    desk = funded("100.00")
    desk.rent("train", DOLLAR)
    desk.store.records.pop(("others", "record#train", ""))
    with pytest.raises(Conflict, match="already rent"):
        desk.rent("train", DOLLAR)


def test_five_live_rentals_are_the_limit() -> None:
    desk = funded("100.00")
    for number in range(5):
        desk.rent(f"train{number}", DOLLAR)
    desk.activate("licence", DOLLAR)
    with pytest.raises(Conflict, match="limit"):
        desk.rent("sixth", DOLLAR)
    desk.end("train3")
    desk.rent("sixth", DOLLAR)
