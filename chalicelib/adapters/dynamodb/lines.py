"""Accounts' lines in the table `accounts`: what they hold, and reading one, which loads nothing of the books."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.fields import Fields, moment_or_none
from chalicelib.adapters.dynamodb.tables import bind
from chalicelib.billing.account import Account, Status
from chalicelib.billing.store import DUE_SHARDS
from chalicelib.billing.totals import Lapse, Totals
from chalicelib.errors import NotFound

LINE = "line"


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
    closed_at = NumberAttribute(null=True)
    sequence = NumberAttribute()
    last_hash = UnicodeAttribute()
    due_shard = NumberAttribute(null=True)
    due_at = NumberAttribute(null=True)
    version = NumberAttribute()
    due_index = DueIndex()


class DynamoLines:
    """Accounts, to be read."""

    def __init__(self, connection: Connection, accounts_table: str) -> None:
        self._line = bind(LineRecord, accounts_table, connection)

    def account(self, account_id: str) -> Account:
        """One consistent GetItem. Raises NotFound."""
        with reading():
            try:
                return account_of(self._line.get(account_id, LINE, consistent_read=True))
            except self._line.DoesNotExist:
                raise NotFound("There is no such account.") from None


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
        "closed_at": account.closed_at,
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
        closed_at=moment_or_none(record.closed_at),
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


def written_leases(leases: Mapping[int, Lapse]) -> list[list[int]]:
    """Leases as [moment, meters, running, wished, stopped] each."""
    return [
        [moment, lapse.meters, lapse.running, lapse.wished, lapse.stopped] for moment, lapse in sorted(leases.items())
    ]


def read_leases(rows: Sequence[Sequence[int]]) -> dict[int, Lapse]:
    """The leases of such rows."""
    return {int(row[0]): Lapse(*(int(number) for number in row[1:])) for row in rows}
