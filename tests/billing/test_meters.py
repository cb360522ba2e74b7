"""Meters: a price per hour from a second to a second, counted exactly, rounded once."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.meters import Meter
from chalicelib.billing.totals import Totals
from chalicelib.billing.usage import Kind, UsageLine
from chalicelib.clock import HOUR
from chalicelib.money import UNITS_PER_MICRO
from tests.model.profiles import examples

METER = Meter(
    meter_id="rent_1",
    account_id="acct_1",
    kind=Kind.RENTAL,
    name="train",
    code="g5.xlarge",
    full_price=1_000_000,
    wished_price=1_000_000,
    resumes=False,
    started_at=1_000,
    since=1_000,
)
NOON = 43_200


def test_one_hour_and_five_seconds_cost_3605_seconds() -> None:
    running = METER.at_price(1_000_000, 1_000)
    assert running.units_at(1_000 + HOUR + 5) == 1_000_000 * 3605
    after, deduction = running.booked_at(1_000 + HOUR + 5)
    assert (deduction.seconds, deduction.amount) == (3605, 1_000_000 * 3605 // 3600)
    assert after is not None and after.units == 1_000_000 * 3605 % 3600


def test_the_second_of_a_price_change_belongs_to_the_new_price() -> None:
    meter = METER.at_price(7, 2_000).at_price(11, 2_010)
    assert meter.lines == (UsageLine(2_000, 2_010, 7),)
    assert meter.units_at(2_011) == 7 * 10 + 11


def test_the_same_price_again_begins_no_new_line() -> None:
    meter = METER.at_price(7, 2_000)
    assert meter.at_price(7, 2_005) is meter


def test_a_meter_that_runs_for_no_second_has_no_line() -> None:
    meter = METER.at_price(7, 2_000).at_price(0, 2_000)
    assert (meter.lines, meter.units) == ((), 0)
    assert not meter.used_before(NOON)


def test_nothing_is_counted_at_price_zero() -> None:
    meter = METER.at_price(7, 2_000).at_price(0, 2_010).at_price(7, 3_000)
    assert meter.units_at(3_001) == 7 * 11
    assert meter.lines_at(3_001) == (UsageLine(2_000, 2_010, 7), UsageLine(3_000, 3_001, 7))


def test_booking_leaves_the_rest_and_starts_new_lines_at_that_midnight() -> None:
    running = METER.at_price(3_601, NOON - 1)
    after, deduction = running.booked_at(NOON)
    assert after is not None
    assert (deduction.amount, after.units, after.lines, after.booked) == (1, 1, (), 1)
    assert after.lines_at(NOON + 2) == (UsageLine(NOON, NOON + 2, 3_601),)


def test_booking_twice_at_one_midnight_finds_nothing_the_second_time() -> None:
    after, _ = METER.at_price(3_601, NOON - 1).booked_at(NOON)
    assert after is not None and not after.used_before(NOON)


def test_use_of_less_than_a_micro_dollar_is_use() -> None:
    """An entry of zero tells that something was used; the units stay."""
    after, deduction = METER.at_price(1, NOON - 5).booked_at(NOON)
    assert after is not None
    assert (deduction.amount, deduction.lines, after.units) == (0, (UsageLine(NOON - 5, NOON, 1),), 5)


def test_an_ended_meter_is_kept_until_its_use_is_booked() -> None:
    ended = METER.at_price(3_601, NOON - 1).ended(NOON)
    assert ended is not None and not ended.live
    assert ended.totals == Totals(ended_rest=1)
    gone, deduction = ended.booked_at(NOON)
    assert (gone, deduction.amount) == (None, 1)


def test_an_ended_meter_with_nothing_to_book_is_gone_with_its_rest() -> None:
    booked, _ = METER.at_price(3_601, NOON - 1).booked_at(NOON)
    assert booked is not None and booked.units == 1
    assert booked.ended(NOON) is None


def test_what_a_rental_adds_to_its_account() -> None:
    running = METER.at_price(1_000_000, 2_000)
    halted = replace(running.at_price(0, 2_001), wished_price=5, resumes=True)
    rental = {"hourly_need": 1_000_000, "live_rentals": 1}
    assert running.totals == Totals(rate=1_000_000, restore_need=1_000_000, **rental)
    assert halted.totals == Totals(rate=0, restore_need=5, resume_rate=5, **rental)
    assert replace(running, kind=Kind.SERVICE).totals.active_services == 1


@examples(200)
@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 200_000)), min_size=1, max_size=8),
    st.sets(st.integers(0, 1_000_000), max_size=6),
)
def test_however_often_it_is_booked_the_cost_is_rounded_once(stretches: list[tuple[int, int]], cuts: set[int]) -> None:
    """Deductions at any moments come to the exact cost, rounded down once."""
    meter, moment, exact, taken = METER, METER.since, 0, 0
    for price, seconds in stretches:
        meter = meter.at_price(price, moment)
        for cut in sorted(cut for cut in cuts if moment < cut <= moment + seconds):
            after, deduction = meter.booked_at(cut)
            assert after is not None
            meter, taken = after, taken + deduction.amount
        moment, exact = moment + seconds, exact + price * seconds
    ended = meter.ended(moment)
    if ended is not None:
        taken += ended.booked_at(moment)[1].amount
    assert taken == exact // UNITS_PER_MICRO
