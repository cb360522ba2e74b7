"""How the domain's billing records look on the wire."""

from typing import TYPE_CHECKING

import msgspec

from chalicelib.api.shapes_billing import (
    Balance,
    ExplainedMeter,
    Explanation,
    MeterState,
    Payable,
    Service,
    Statement,
    Transaction,
    Usage,
    UsageLine,
    UsageList,
)
from chalicelib.api.values import amount
from chalicelib.billing.account import Account, Status
from chalicelib.billing.outlook import outlook
from chalicelib.billing.policy import Policy
from chalicelib.clock import iso, iso_or_none, next_midnight
from chalicelib.money import to_micros

if TYPE_CHECKING:
    from chalicelib.billing import explain, history, meters, payables, usage
    from chalicelib.billing.journal import Entry


def balance_of(account: Account, now: int, policy: Policy) -> Balance:
    """How an account stands at `now`."""
    seen = outlook(account, now, policy)
    return Balance(
        balance=amount(seen.balance),
        currency=seen.currency,
        rate_per_hour=amount(seen.rate_per_hour),
        status=seen.status,
        runs_out_at=iso_or_none(seen.runs_out_at),
        message=seen.message,
        as_of=iso(seen.as_of),
        missing=amount(seen.missing),
        ends_at=iso_or_none(seen.ends_at),
    )


def explanation_of(explained: "explain.Explanation") -> Explanation:
    """An explanation, its numbers as text."""
    return Explanation(
        balance=amount(explained.balance),
        ledger=amount(explained.ledger),
        currency=explained.account.currency,
        meters=[_explained(opened) for opened in explained.meters],
        rounding_units=str(explained.rounding_units),
        as_of=iso(explained.as_of),
    )


def _explained(opened: "explain.OpenMeter") -> ExplainedMeter:
    return ExplainedMeter(
        id=opened.meter.meter_id,
        kind=opened.meter.kind,
        name=opened.meter.name,
        units=str(opened.units),
        carried_units=str(opened.carried_units),
        lines=[_line(line) for line in opened.lines],
        lease_ends_at=iso_or_none(opened.meter.lease_ends_at),
    )


def _line(line: "usage.UsageLine") -> UsageLine:
    return UsageLine(
        start=iso(line.start), end=iso(line.end), seconds=line.seconds, price_per_hour=amount(line.price_per_hour)
    )


def usage_of(explained: "explain.Explanation") -> UsageList:
    """The open meters as what is in use."""
    return UsageList(
        items=[_usage(opened, explained.account) for opened in explained.meters],
        rate_per_hour=amount(explained.account.totals.rate),
        currency=explained.account.currency,
        as_of=iso(explained.as_of),
    )


def _usage(opened: "explain.OpenMeter", account: Account) -> Usage:
    meter = opened.meter
    return Usage(
        id=meter.meter_id,
        kind=meter.kind,
        name=meter.name,
        code=meter.code,
        state=meter_state(meter, account),
        price_per_hour=amount(meter.price),
        running_since=iso(meter.since) if meter.price else None,
        started_at=iso(meter.started_at),
        ended_at=iso_or_none(meter.ended_at),
        lease_ends_at=iso_or_none(meter.lease_ends_at),
        seconds_unbooked=sum(line.seconds for line in opened.lines),
        unbooked=amount(to_micros(opened.units)),
        booked=amount(meter.booked),
    )


def meter_state(meter: "meters.Meter", account: Account | None) -> MeterState:
    """How a rental or service stands for billing."""
    if not meter.live:
        return MeterState.ENDED
    if account is not None and account.status is Status.SUSPENDED:
        return MeterState.HALTED
    return MeterState.CHARGED if meter.price else MeterState.FREE


def transaction_of(entry: "Entry") -> Transaction:
    """An entry: exactly what was hashed, its hash, and when it was written."""
    facts = {**entry.body(), "recorded_at": iso(entry.recorded_at), "hash": entry.hash}
    return msgspec.convert(facts, Transaction)


def statement_of(statement: "history.Statement", end: int, now: int) -> Statement:
    """The statement of a month that ends before the second `end`."""
    unclosed_since = statement.account.unclosed_since
    booked = unclosed_since is None or next_midnight(unclosed_since) >= end
    return Statement(
        account_id=statement.account.account_id,
        month=statement.month,
        complete=now >= end and booked,
        currency=statement.account.currency,
        opening_balance=amount(statement.opening_balance),
        closing_balance=amount(statement.closing_balance),
        opening_hash=statement.opening_hash,
        closing_hash=statement.closing_hash,
        entries=[transaction_of(entry) for entry in statement.entries],
    )


def payable_of(payable: "payables.Payable") -> Payable:
    """A kind of service."""
    return Payable(
        code=payable.code,
        title=payable.title,
        description=payable.description,
        price_per_hour=amount(payable.price_per_hour),
    )


def service_of(meter: "meters.Meter", account: Account | None = None) -> Service:
    """An active service, which is its meter. Without its account: of one that is active."""
    return Service(
        id=meter.meter_id,
        code=meter.code,
        title=meter.name,
        state=meter_state(meter, account),
        price_per_hour=amount(meter.full_price),
        activated_at=iso(meter.started_at),
    )
