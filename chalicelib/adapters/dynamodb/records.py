"""The items of the table `accounts`, and how billing's values are written into them."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.billing.account import Account, Status
from chalicelib.billing.meters import Kind, Lapse, Meter, Totals, UsageLine
from chalicelib.billing.store import DUE_SHARDS, Adjustment

LINE = "line"
METER = "meter#"
ADJUSTMENT = "adjustment#"

Fields = dict[str, Any]
"""Attribute values by name; None stands for an attribute that is not there."""


class DueIndex(GlobalSecondaryIndex["LineRecord"]):
    """Sparse: only accounts with something due have these keys."""

    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    due_shard = NumberAttribute(hash_key=True)
    due_at = NumberAttribute(range_key=True)


class LineRecord(Model):
    """An account's line. `leases` holds [moment, meters, running, wished, stopped] each."""

    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True, default=LINE)
    owner_id = UnicodeAttribute()
    currency = UnicodeAttribute(null=True)
    verified = NumberAttribute()
    status = UnicodeAttribute()
    at = NumberAttribute()
    ledger = NumberAttribute()
    unbooked = NumberAttribute()
    rate = NumberAttribute()
    hourly_need = NumberAttribute()
    restore_need = NumberAttribute()
    resume_rate = NumberAttribute()
    live_rentals = NumberAttribute()
    active_services = NumberAttribute()
    ended_rest = NumberAttribute()
    rental_limit = NumberAttribute()
    unclosed_since = NumberAttribute(null=True)
    armed: ListAttribute[Any] = ListAttribute()
    fired: ListAttribute[Any] = ListAttribute()
    suspended_at = NumberAttribute(null=True)
    last_top_up_at = NumberAttribute(null=True)
    last_call_at = NumberAttribute(null=True)
    money_expected_until = NumberAttribute(null=True)
    leases: ListAttribute[Any] = ListAttribute(null=True)
    spending_cap = NumberAttribute(null=True)
    spent = NumberAttribute(default=0)
    caps_armed: ListAttribute[Any] = ListAttribute(null=True)
    sequence = NumberAttribute()
    last_hash = UnicodeAttribute()
    due_shard = NumberAttribute(null=True)
    due_at = NumberAttribute(null=True)
    version = NumberAttribute()
    due_index = DueIndex()


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


def differences(model: type[Model], before: Fields, after: Fields) -> list[Action]:
    """Set what has changed or was not told before, remove what is no longer there, and name nothing else."""
    actions: list[Action] = []
    for name, value in after.items():
        if name in before and value == before[name]:
            continue
        attribute = getattr(model, name)
        actions.append(attribute.remove() if value is None else attribute.set(value))
    return actions


def due_fields(account: Account, due_at: int | None) -> Fields:
    """The keys of the index `due`, there only while something is due."""
    shard = None if due_at is None else crc32(account.account_id.encode()) % DUE_SHARDS
    return {"due_shard": shard, "due_at": due_at}


def line_fields(account: Account) -> Fields:
    """Everything of an account's line but its key and its place in the index."""
    totals = account.totals
    return {
        "owner_id": account.owner_id,
        "currency": account.currency,
        "verified": int(account.verified),
        "status": str(account.status),
        "at": account.at,
        "ledger": account.ledger,
        "unbooked": account.unbooked,
        "rate": totals.rate,
        "hourly_need": totals.hourly_need,
        "restore_need": totals.restore_need,
        "resume_rate": totals.resume_rate,
        "live_rentals": totals.live_rentals,
        "active_services": totals.active_services,
        "ended_rest": totals.ended_rest,
        "rental_limit": account.rental_limit,
        "unclosed_since": account.unclosed_since,
        "armed": sorted(account.armed),
        "fired": [[level, moment] for level, moment in sorted(account.fired.items())],
        "suspended_at": account.suspended_at,
        "last_top_up_at": account.last_top_up_at,
        "last_call_at": account.last_call_at,
        "money_expected_until": account.money_expected_until,
        "leases": written_leases(account.leases),
        "spending_cap": account.spending_cap,
        "spent": account.spent,
        "caps_armed": sorted(account.caps_armed),
        "sequence": account.sequence,
        "last_hash": account.last_hash,
        "version": account.version,
    }


def account_of(record: LineRecord) -> Account:
    """The account that a line holds."""
    return Account(
        account_id=record.account_id,
        owner_id=record.owner_id,
        at=int(record.at),
        currency=record.currency,
        verified=bool(record.verified),
        status=Status(record.status),
        ledger=int(record.ledger),
        unbooked=int(record.unbooked),
        totals=_totals_of(record),
        rental_limit=int(record.rental_limit),
        unclosed_since=moment_or_none(record.unclosed_since),
        armed=frozenset(int(level) for level in record.armed),
        fired={int(level): int(moment) for level, moment in record.fired},
        suspended_at=moment_or_none(record.suspended_at),
        last_top_up_at=moment_or_none(record.last_top_up_at),
        last_call_at=moment_or_none(record.last_call_at),
        money_expected_until=moment_or_none(record.money_expected_until),
        leases=read_leases(record.leases or ()),
        spending_cap=None if record.spending_cap is None else int(record.spending_cap),
        spent=int(record.spent),
        caps_armed=frozenset(int(percent) for percent in record.caps_armed or ()),
        sequence=int(record.sequence),
        last_hash=record.last_hash,
        listed_at=moment_or_none(record.due_at),
        version=int(record.version),
    )


def _totals_of(record: LineRecord) -> Totals:
    return Totals(
        rate=int(record.rate),
        hourly_need=int(record.hourly_need),
        restore_need=int(record.restore_need),
        resume_rate=int(record.resume_rate),
        live_rentals=int(record.live_rentals),
        active_services=int(record.active_services),
        ended_rest=int(record.ended_rest),
    )


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


def written_leases(leases: Mapping[int, Lapse]) -> list[list[int]]:
    """Leases as [moment, meters, running, wished, stopped] each."""
    return [
        [moment, lapse.meters, lapse.running, lapse.wished, lapse.stopped] for moment, lapse in sorted(leases.items())
    ]


def read_leases(rows: Sequence[Sequence[int]]) -> dict[int, Lapse]:
    """The leases of such rows."""
    return {int(row[0]): Lapse(*(int(number) for number in row[1:])) for row in rows}


def written_lines(lines: Sequence[UsageLine]) -> list[list[int]]:
    """Lines as [start, end, price] each."""
    return [[line.start, line.end, line.price_per_hour] for line in lines]


def read_lines(rows: Sequence[Sequence[int]]) -> tuple[UsageLine, ...]:
    """The lines of such rows."""
    return tuple(UsageLine(int(start), int(end), int(price)) for start, end, price in rows)


def moment_or_none(value: float | None) -> int | None:
    """A stored moment, if it is there."""
    return None if value is None else int(value)
