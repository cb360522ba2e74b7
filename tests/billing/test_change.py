"""Changes: whatever happens to a meter, the account moves by the difference."""

from dataclasses import replace

import pytest

from chalicelib.billing.account import Account
from chalicelib.billing.change import Draft
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.totals import Totals
from chalicelib.billing.usage import Kind
from chalicelib.ids import Ids

ACCOUNT = Account(account_id="acct_1", owner_id="user_1", at=1_000, currency="USD", ledger=10**9, version=4)
METER = Meter(
    meter_id="rent_1", account_id="acct_1", kind=Kind.RENTAL, name="train", code="g5.xlarge",
    full_price=3_600, wished_price=3_600, resumes=False, price=3_600, since=1_000, version=2,
)  # fmt: skip
RUNNING = replace(ACCOUNT, totals=METER.totals)


def draft(account: Account, moment: int) -> Draft:
    """A change at a moment."""
    return Draft(account, moment, Policy(), Ids(), recorded_at=moment)


def test_a_change_folds_the_line_to_its_moment() -> None:
    after = draft(RUNNING, 1_010).done().after
    assert (after.at, after.unbooked, after.version) == (1_010, 36_000, 5)


def test_a_meter_that_stops_leaves_its_units_with_the_account() -> None:
    change = draft(RUNNING, 1_010)
    change.meter(METER, METER.at_price(0, 1_010))
    after = change.done().after
    assert (after.unbooked, after.totals.rate) == (36_000, 0)


def test_a_meter_that_goes_takes_its_units_with_it() -> None:
    change = draft(RUNNING, 1_010)
    change.meter(METER, None)
    after = change.done().after
    assert (after.unbooked, after.totals) == (0, Totals())


def test_a_meter_changed_twice_is_written_once() -> None:
    change = draft(RUNNING, 1_010)
    first = METER.at_price(7, 1_010)
    change.meter(METER, first)
    change.meter(first, first.at_price(9, 1_010))
    done = change.done()
    assert [(item.before, item.after and item.after.price) for item in done.meters] == [(METER, 9)]
    assert done.meters[0].after is not None and done.meters[0].after.version == 3
    assert done.after.totals.rate == 9


def test_the_meters_after_a_change_are_the_ones_that_are_written() -> None:
    change = draft(RUNNING, 1_010)
    other = replace(METER, meter_id="rent_2", version=0, since=1_010)
    change.meter(METER, None)
    change.meter(None, other)
    assert change.done().meters_after((METER,)) == (replace(other, version=1),)


def test_no_money_is_booked_before_a_currency_is_chosen() -> None:
    with pytest.raises(ValueError, match="no currency"):
        replace(ACCOUNT, currency=None).next_place()


def test_use_that_begins_is_to_be_closed() -> None:
    change = draft(ACCOUNT, 1_010)
    change.meter(None, replace(METER, since=1_010))
    assert change.done().after.unclosed_since == 1_010
