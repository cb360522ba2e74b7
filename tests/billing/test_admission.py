"""Who may start what: one hour of everything live, and of the new one, at running price."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.account import Account, Status
from chalicelib.billing.admission import admit_rental
from chalicelib.billing.books import State
from chalicelib.billing.policy import Policy
from chalicelib.billing.totals import Totals
from chalicelib.errors import Conflict, Failure, Forbidden, PaymentRequired
from chalicelib.ids import Ids
from tests.billing.desk import DOLLAR, Desk


def funded(dollars: str, *, verified: bool = True) -> Desk:
    """A desk with so many dollars."""
    desk = Desk(verified=verified)
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


@pytest.mark.parametrize(
    "what",
    [
        lambda desk: desk.rent("train", DOLLAR),
        lambda desk: desk.activate("licence", DOLLAR),
        lambda desk: desk.rent("dear", 1000 * DOLLAR),
    ],
    ids=["a rental", "a service", "what it could not pay either"],
)
def test_who_has_not_verified_an_address_starts_nothing(what: Callable[[Desk], None]) -> None:
    desk = funded("100.00", verified=False)
    before = dict(desk.store.records)
    with pytest.raises(Forbidden) as refused:
        what(desk)
    assert refused.value.code == "email_not_verified"
    assert desk.store.records == before


def test_a_verification_is_all_that_it_takes() -> None:
    desk = funded("1.00", verified=False)
    desk.verify()
    desk.rent("train", DOLLAR)
    assert desk.account.totals.live_rentals == 1


def test_who_is_not_verified_may_still_end_and_stop_what_there_is() -> None:
    desk = funded("2.00")
    desk.rent("train", DOLLAR)
    desk.rent("second", DOLLAR)
    desk.verify(False)
    desk.stop("second", 10)
    with pytest.raises(Forbidden):
        desk.start("second")
    desk.end("train")
    desk.end("second")
    assert desk.account.totals.live_rentals == 0


accounts = st.builds(
    Account,
    account_id=st.just("acct_1"),
    owner_id=st.just("user_1"),
    at=st.just(0),
    currency=st.sampled_from(["USD", None]),
    verified=st.booleans(),
    status=st.sampled_from(Status),
    ledger=st.integers(-2, 4),
    unbooked=st.integers(0, 7_200),
    totals=st.builds(Totals, live_rentals=st.integers(0, 4), hourly_need=st.integers(0, 2)),
    rental_limit=st.integers(2, 3),
    spending_cap=st.sampled_from([None, 1]),
    spent=st.integers(3_598, 3_601),
)


@given(accounts, st.integers(0, 2))
def test_a_rental_is_admitted_exactly_if_every_condition_holds(account: Account, price: int) -> None:
    holds = {
        "email_not_verified": account.verified,
        "rental_limit_reached": account.totals.live_rentals < account.rental_limit,
        "currency_not_chosen": account.currency is not None,
        "account_suspended": account.status is Status.ACTIVE,
        "spending_cap_reached": account.spending_cap is None or account.spent < 3600 * account.spending_cap,
        "insufficient_balance": 3600 * account.ledger - account.unbooked >= 3600 * (account.totals.hourly_need + price),
    }
    assert refusal(account, price) == next((code for code, held in holds.items() if not held), None)


@given(accounts, st.integers(0, 2))
def test_nobody_is_admitted_who_is_not_verified(account: Account, price: int) -> None:
    assert refusal(replace(account, verified=False), price) is not None


def refusal(account: Account, price: int) -> str | None:
    """The code of the refusal of a new rental, or None."""
    try:
        admit_rental(State(account, 0, 0, Policy(), Ids(), lambda: ()), price, "train")
    except Failure as failure:
        return failure.code
    return None
