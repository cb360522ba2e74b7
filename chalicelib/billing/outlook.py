"""How an account stands at a moment: what settling would leave, told without writing. docs/rules.md, "Time first"."""

from dataclasses import replace
from typing import NamedTuple

from chalicelib.billing.account import Account, Status
from chalicelib.billing.dunning import Due, Step, end_at, next_step
from chalicelib.billing.policy import Policy
from chalicelib.billing.totals import Totals
from chalicelib.clock import in_words
from chalicelib.money import show_dollars


class Outlook(NamedTuple):
    """What an account's owner sees first. Amounts in micro-dollars."""

    balance: int
    currency: str | None
    rate_per_hour: int
    status: Status
    runs_out_at: int | None
    message: str
    as_of: int
    missing: int
    """What it takes to be active again; 0 while active."""
    ends_at: int | None
    """When what is halted ends for good, as things stand now."""


def outlook(account: Account, now: int, policy: Policy) -> Outlook:
    """How the account stands at `now`, from its record alone."""
    settled = preview(account, max(now, account.at), policy)
    suspended = settled.status is Status.SUSPENDED
    halted = suspended and settled.totals.live > 0
    return Outlook(
        balance=settled.balance(settled.at),
        currency=settled.currency,
        rate_per_hour=settled.totals.rate,
        status=settled.status,
        runs_out_at=settled.runs_out_at,
        message=_message(settled, policy),
        as_of=settled.at,
        missing=settled.restore_missing if suspended else 0,
        ends_at=end_at(settled, policy) if halted else None,
    )


def preview(account: Account, now: int, policy: Policy) -> Account:
    """The account as `settle` would leave it at `now`, ledger and journal aside.

    A close moves units from `unbooked` to the ledger and leaves the balance; only what ended meters drop raises it.
    """
    while due := next_step(account, now, policy):
        if due.step is Step.NOTICE:
            break
        account = _after(account, due, now)
    return account.folded(now)


def _after(account: Account, due: Due, now: int) -> Account:
    moment = max(account.at, now if due.step is Step.LAST_CALL else due.moment)
    account = account.folded(moment)
    match due.step:
        case Step.LEASE:
            return _lapsed(account, due.moment)
        case Step.CAP:
            return replace(account, caps_armed=frozenset())
        case Step.RUN_OUT:
            return _suspended(account)
        case Step.RESTORE:
            return _activated(account, replace(account.totals, rate=account.totals.resume_rate))
        case Step.CLOSE:
            return _closed(account, due.moment)
        case Step.LAST_CALL:
            return replace(account, last_call_at=moment)
        case _:
            ended = replace(account, unbooked=account.totals.ended_rest, leases={})
            totals = Totals(ended_rest=account.totals.ended_rest)
            return replace(ended, totals=totals) if ended.overdrawn else _activated(ended, totals)


def _lapsed(account: Account, moment: int) -> Account:
    lapse, totals = account.leases[moment], account.totals
    active = account.status is Status.ACTIVE
    after = replace(
        totals,
        rate=totals.rate - lapse.running + lapse.stopped if active else 0,
        restore_need=totals.restore_need - lapse.wished + lapse.stopped,
        resume_rate=totals.resume_rate + lapse.stopped,
    )
    left = {ends_at: other for ends_at, other in account.leases.items() if ends_at != moment}
    return replace(account, totals=after, leases=left, unclosed_since=_unclosed_since(account, after))


def _suspended(account: Account) -> Account:
    return replace(
        account,
        totals=replace(account.totals, rate=0),
        leases={ends_at: replace(lapse, running=0) for ends_at, lapse in account.leases.items()},
        status=Status.SUSPENDED,
        suspended_at=account.at,
        last_top_up_at=None,
        last_call_at=None,
    )


def _activated(account: Account, totals: Totals) -> Account:
    since = _unclosed_since(account, totals)
    return replace(account, status=Status.ACTIVE, totals=totals, suspended_at=None, unclosed_since=since)


def _unclosed_since(account: Account, totals: Totals) -> int | None:
    return account.unclosed_since if account.unclosed_since is not None or not totals.rate else account.at


def _closed(account: Account, midnight: int) -> Account:
    return replace(
        account,
        unbooked=account.unbooked - account.totals.ended_rest,
        totals=replace(account.totals, ended_rest=0),
        unclosed_since=midnight if account.totals.rate else None,
    )


def _message(account: Account, policy: Policy) -> str:
    if account.closed_at is not None:
        return f"The account was closed on {in_words(account.closed_at)}."
    if account.status is Status.SUSPENDED:
        return _suspended_message(account, policy)
    runs_out_at = account.runs_out_at
    if runs_out_at is None:
        return "Service end date is not specified"
    return f"At the present rate the balance lasts until {in_words(runs_out_at)}."


def _suspended_message(account: Account, policy: Policy) -> str:
    missing = f"The account is suspended. Top up at least {show_dollars(account.restore_missing)} to restore it."
    if account.totals.live == 0:
        return missing
    return f"{missing} What is halted will be deleted on {in_words(end_at(account, policy))}."


def lasts_until(account: Account, now: int, added_rate: int) -> int | None:
    """Until when a settled active account would last if `added_rate` were charged as well. None: for ever."""
    rate = account.totals.rate + added_rate
    if rate == 0:
        return None
    return now + max(0, account.balance_units(now) // rate)
