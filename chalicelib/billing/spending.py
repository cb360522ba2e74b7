"""The monthly spending cap: what an account has used since the month began, and when that reaches the cap. Pure.

docs/rules.md, "Settings that protect". A month is a calendar month of UTC. Everything here is told from the account's
record alone.
"""

from typing import NamedTuple

from chalicelib.billing.account import Account
from chalicelib.billing.policy import Policy
from chalicelib.clock import month_of
from chalicelib.money import to_micros, to_units

WHOLE = 100
"""Percent."""


class Spending(NamedTuple):
    """What an account has used in a month. Amounts in micro-dollars."""

    cap: int | None
    spent: int
    """Rounded down."""
    reached: bool
    """Whether the cap is reached: nothing more is started before the month is over."""
    month_began_at: int
    month_ends_at: int
    as_of: int


def spending(account: Account) -> Spending:
    """How a settled account stands towards its cap at its second."""
    began, ends = month_of(account.at)
    return Spending(account.spending_cap, to_micros(account.spent), cap_reached(account), began, ends, account.at)


def cap_reached(account: Account) -> bool:
    """Whether the account has used its cap, at the second up to which it is counted."""
    return _reached(account, WHOLE)


def caps_reached(account: Account) -> list[int]:
    """The armed parts of the cap, in percent, that the account has used."""
    return [percent for percent in sorted(account.caps_armed) if _reached(account, percent)]


def cap_due_at(account: Account) -> int | None:
    """When the next armed part of the cap is reached at the present rate; None where this month does not see it.

    What runs at the end of a month is closed at that midnight, and counted anew from there.
    """
    moments = (_reached_at(account, percent) for percent in account.caps_armed)
    return min((moment for moment in moments if moment is not None), default=None)


def caps_rearmed(account: Account, policy: Policy) -> frozenset[int]:
    """The parts armed after a write: those that were, and those that the account has not used."""
    return account.caps_armed | frozenset(part for part in policy.cap_percents if not _reached(account, part))


def _missing(account: Account, percent: int) -> int:
    """Hundredths of units up to a part of the cap."""
    assert account.spending_cap is not None, "the caller has looked"
    return percent * to_units(account.spending_cap) - WHOLE * account.spent


def _reached(account: Account, percent: int) -> bool:
    return account.spending_cap is not None and _missing(account, percent) <= 0


def _reached_at(account: Account, percent: int) -> int | None:
    if account.spending_cap is None:
        return None
    missing = _missing(account, percent)
    if missing <= 0:
        return account.at
    if account.totals.rate == 0:
        return None
    moment = account.at + -(-missing // (WHOLE * account.totals.rate))
    return moment if moment < month_of(account.at)[1] else None
