"""The items of the table `journal`: written once, never changed."""

from typing import Any

from pynamodb.attributes import ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.fields import Fields
from chalicelib.adapters.dynamodb.records import read_lines, written_lines
from chalicelib.billing.chart import EntryKind
from chalicelib.billing.journal import Entry, Posting, Unposted
from chalicelib.money import ASSETS, Asset


class EntryRecord(Model):
    """A journal entry. `postings` holds [ledger account, asset, scale, amount] each, `lines` [start, end, price]."""

    account_id = UnicodeAttribute(hash_key=True)
    sequence = NumberAttribute(range_key=True)
    kind = UnicodeAttribute()
    description = UnicodeAttribute()
    currency = UnicodeAttribute()
    amount = NumberAttribute()
    balance_after = NumberAttribute()
    cause = UnicodeAttribute()
    created_at = NumberAttribute()
    recorded_at = NumberAttribute()
    postings: ListAttribute[Any] = ListAttribute()
    lines: ListAttribute[Any] = ListAttribute()
    details: MapAttribute[str, str] = MapAttribute()
    previous_hash = UnicodeAttribute()
    hash = UnicodeAttribute()


def entry_fields(entry: Entry) -> Fields:
    """Everything of an entry but its key."""
    facts = entry.facts
    postings = [[line.ledger_account, line.asset.code, line.asset.scale, line.amount] for line in facts.postings]
    return {
        "kind": str(facts.kind),
        "description": facts.description,
        "currency": entry.currency,
        "amount": entry.amount,
        "balance_after": entry.balance_after,
        "cause": facts.cause,
        "created_at": facts.created_at,
        "recorded_at": entry.recorded_at,
        "postings": postings,
        "lines": written_lines(facts.lines),
        "details": dict(facts.details),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }


def entry_of(record: EntryRecord) -> Entry:
    """The entry that an item holds."""
    facts = Unposted(
        kind=EntryKind(record.kind),
        description=record.description,
        created_at=int(record.created_at),
        postings=tuple(_posting(*row) for row in record.postings),
        cause=record.cause,
        lines=read_lines(record.lines),
        details=record.details.as_dict(),
    )
    return Entry(
        account_id=record.account_id,
        sequence=int(record.sequence),
        currency=record.currency,
        amount=int(record.amount),
        balance_after=int(record.balance_after),
        facts=facts,
        recorded_at=int(record.recorded_at),
        previous_hash=record.previous_hash,
        hash=record.hash,
    )


def _posting(ledger_account: str, code: str, scale: int, amount: int) -> Posting:
    return Posting(ledger_account, ASSETS.get(code) or Asset(code, int(scale)), int(amount))
