"""The items of the table `accounts` beside the lines, and how billing's values are written into them."""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.fields import Fields, moment_or_none
from chalicelib.billing.meters import Meter
from chalicelib.billing.store import Adjustment
from chalicelib.billing.usage import Kind, UsageLine

METER = "meter#"
ADJUSTMENT = "adjustment#"


class MeterRecord(Model):
    """A meter of an account. `lines` holds [start, end, price] each."""

    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    kind = UnicodeAttribute()
    name = UnicodeAttribute()
    code = UnicodeAttribute()
    full_price = NumberAttribute()
    wished_price = NumberAttribute()
    resumes = NumberAttribute()
    price = NumberAttribute()
    since = NumberAttribute()
    units = NumberAttribute()
    lines: ListAttribute[Any] = ListAttribute()
    booked = NumberAttribute()
    started_at = NumberAttribute()
    ended_at = NumberAttribute(null=True)
    lease_ends_at = NumberAttribute(null=True)
    lease_price = NumberAttribute(default=0)
    version = NumberAttribute()


class AdjustmentRecord(Model):
    """The operator's correction that guards an entry."""

    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    amount = NumberAttribute()
    reason = UnicodeAttribute()
    created_at = NumberAttribute()


def meter_fields(meter: Meter) -> Fields:
    """Everything of a meter but its key."""
    return {
        "kind": str(meter.kind),
        "name": meter.name,
        "code": meter.code,
        "full_price": meter.full_price,
        "wished_price": meter.wished_price,
        "resumes": int(meter.resumes),
        "price": meter.price,
        "since": meter.since,
        "units": meter.units,
        "lines": written_lines(meter.lines),
        "booked": meter.booked,
        "started_at": meter.started_at,
        "ended_at": meter.ended_at,
        "lease_ends_at": meter.lease_ends_at,
        "lease_price": meter.lease_price,
        "version": meter.version,
    }


def meter_of(record: MeterRecord) -> Meter:
    """The meter that an item holds."""
    return Meter(
        meter_id=record.item.removeprefix(METER),
        account_id=record.account_id,
        kind=Kind(record.kind),
        name=record.name,
        code=record.code,
        full_price=int(record.full_price),
        wished_price=int(record.wished_price),
        resumes=bool(record.resumes),
        price=int(record.price),
        since=int(record.since),
        units=int(record.units),
        lines=read_lines(record.lines),
        booked=int(record.booked),
        started_at=int(record.started_at),
        ended_at=moment_or_none(record.ended_at),
        lease_ends_at=moment_or_none(record.lease_ends_at),
        lease_price=int(record.lease_price),
        version=int(record.version),
    )


def adjustment_of(record: AdjustmentRecord) -> Adjustment:
    """The adjustment that an item holds."""
    return Adjustment(
        account_id=record.account_id,
        reference=record.item.removeprefix(ADJUSTMENT),
        amount=int(record.amount),
        reason=record.reason,
        created_at=int(record.created_at),
    )


def written_lines(lines: Sequence[UsageLine]) -> list[list[int]]:
    """Lines as [start, end, price] each."""
    return [[line.start, line.end, line.price_per_hour] for line in lines]


def read_lines(rows: Sequence[Sequence[int]]) -> tuple[UsageLine, ...]:
    """The lines of such rows."""
    return tuple(UsageLine(int(start), int(end), int(price)) for start, end, price in rows)
