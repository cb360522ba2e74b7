"""The balance is a line: balance, run-out and folding at any second."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.billing.account import Account
from chalicelib.billing.totals import Totals
from chalicelib.clock import HOUR
from tests.model.profiles import examples

ACCOUNT = Account(account_id="acct_1", owner_id="user_1", at=1_000, currency="USD")

accounts = st.builds(
    lambda ledger, unbooked, rate: replace(ACCOUNT, ledger=ledger, unbooked=unbooked, totals=Totals(rate=rate)),
    st.integers(-(10**12), 10**15),
    st.integers(0, 10**18),
    st.integers(1, 10**12),
)


def funded(micros: int, rate: int, unbooked: int = 0) -> Account:
    """An account with so many micro-dollars and so much running."""
    return replace(ACCOUNT, ledger=micros, unbooked=unbooked, totals=Totals(rate=rate))


def test_a_dollar_at_a_dollar_an_hour_lasts_an_hour() -> None:
    account = funded(10**6, 10**6)
    assert account.runs_out_at == 1_000 + HOUR
    assert account.balance(1_000 + HOUR // 2) == 500_000
    assert account.balance(1_000 + HOUR) == 0


def test_a_balance_is_rounded_down() -> None:
    assert funded(10, 1).balance(1_001) == 9
    assert funded(-10, 1).balance(1_001) == -11


def test_it_runs_out_at_the_first_second_that_can_not_be_paid_to_its_end() -> None:
    """3600 units are left at 1000 a second: three seconds are paid, the fourth is not."""
    account = funded(1, 1_000)
    assert account.runs_out_at == 1_003
    assert account.balance_units(1_003) == 600


def test_with_nothing_metered_it_never_runs_out() -> None:
    assert funded(0, 0).runs_out_at is None
    assert funded(-5, 0).runs_out_at is None


def test_below_zero_it_has_run_out_already() -> None:
    assert funded(-5, 7).runs_out_at == ACCOUNT.at
    assert funded(-5, 0).overdrawn
    assert funded(1, 0, unbooked=3_601).overdrawn
    assert not funded(1, 0, unbooked=3_600).overdrawn


def test_what_is_missing_is_the_least_that_restores() -> None:
    needy = replace(funded(100, 0, unbooked=1), totals=Totals(restore_need=200))
    assert needy.restore_missing == 101
    assert not replace(needy, ledger=200).covers_restore
    assert replace(needy, ledger=201).covers_restore


def test_below_zero_nothing_halted_still_needs_zero() -> None:
    account = funded(-5, 0)
    assert not account.covers_restore
    assert account.restore_missing == 5
    assert replace(account, ledger=0).covers_restore


@examples(200)
@given(accounts, st.integers(0, 10**7), st.integers(0, 10**7))
def test_folding_moves_nothing(account: Account, first: int, second: int) -> None:
    """Counting to a moment by way of another gives the same balance and, while money lasts, the same run-out."""
    there = account.folded(account.at + first)
    assert there.balance_units(account.at + first + second) == account.balance_units(account.at + first + second)
    runs_out_at = account.runs_out_at
    assert runs_out_at is not None
    if there.at <= runs_out_at and not account.overdrawn:
        assert there.runs_out_at == runs_out_at


@examples(200)
@given(accounts)
def test_at_the_run_out_less_than_a_second_is_left_and_never_less_than_nothing(account: Account) -> None:
    runs_out_at = account.runs_out_at
    assert runs_out_at is not None
    if not account.overdrawn:
        assert 0 <= account.balance_units(runs_out_at) < account.totals.rate
