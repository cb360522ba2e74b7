"""An account's own number of live rentals."""

import pytest

from chalicelib.billing.limits import Limits
from chalicelib.billing.policy import Policy
from chalicelib.errors import Conflict, Invalid
from tests.billing.desk import ACCOUNT, DOLLAR, Desk


def test_one_more_fits_after_the_limit_is_raised_and_a_lower_one_ends_nothing() -> None:
    desk = Desk(policy=Policy())
    desk.credit("100.00")
    limits = Limits(desk.books)
    limits.set_rental_limit(ACCOUNT, 1)
    desk.rent("train", DOLLAR)
    with pytest.raises(Conflict, match="this account's limit"):
        desk.rent("second", DOLLAR)
    limits.set_rental_limit(ACCOUNT, 2)
    desk.rent("second", DOLLAR)
    limits.set_rental_limit(ACCOUNT, 0)
    assert desk.account.totals.live_rentals == 2


def test_the_same_limit_again_writes_nothing() -> None:
    desk = Desk()
    before = Limits(desk.books).set_rental_limit(ACCOUNT, 7)
    assert Limits(desk.books).set_rental_limit(ACCOUNT, 7) == before == desk.account


@pytest.mark.parametrize("limit", [-1, 30])
def test_what_one_suspension_could_not_write_is_refused(limit: int) -> None:
    desk = Desk()
    untouched = desk.account
    with pytest.raises(Invalid, match="from 0 to 29"):
        Limits(desk.books).set_rental_limit(ACCOUNT, limit)
    assert desk.account == untouched
