"""Journal entries: balanced, numbered without gaps, chained by hash. docs/rules.md, "The books"."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from chalicelib.billing.chart import EntryKind, prepaid
from chalicelib.billing.place import Place
from chalicelib.billing.usage import UsageLine
from chalicelib.clock import iso
from chalicelib.money import ASSETS, Asset


class Posting(NamedTuple):
    """One line of an entry: an amount in the asset's smallest units, positive or negative."""

    ledger_account: str
    asset: Asset
    amount: int


@dataclass(frozen=True, slots=True)
class Unposted:
    """An entry before it has a place in the journal."""

    kind: EntryKind
    description: str
    created_at: int
    """The moment that the entry is about."""
    postings: tuple[Posting, ...]
    cause: str
    """What paid or was paid: the id of the record whose change guards this entry."""
    lines: tuple[UsageLine, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sums: dict[str, int] = {}
        for posting in self.postings:
            sums[posting.asset.code] = sums.get(posting.asset.code, 0) + posting.amount
        if any(sums.values()):
            raise ValueError(f"postings of {self.cause} do not sum to zero: {sums}")

    def amount_for(self, ledger_account: str) -> int:
        """What the entry moves on one ledger account."""
        return sum(posting.amount for posting in self.postings if posting.ledger_account == ledger_account)


class Entry(NamedTuple):
    """An entry in its place: appended once, never changed."""

    account_id: str
    sequence: int
    currency: str
    amount: int
    """What it moves on the customer's balance, in smallest units of the currency."""
    balance_after: int
    facts: Unposted
    recorded_at: int
    """When it was written: outside the hash, so that a late job writes the identical chain."""
    previous_hash: str
    hash: str

    @property
    def entry_id(self) -> str:
        return f"{self.account_id}.{self.sequence}"

    def body(self) -> dict[str, object]:
        """The part of an entry that is hashed, in the words of the statement's JSON."""
        facts = self.facts
        show = ASSETS[self.currency].show
        return {
            "id": self.entry_id,
            "sequence": self.sequence,
            "kind": str(facts.kind),
            "description": facts.description,
            "created_at": iso(facts.created_at),
            "amount": show(self.amount),
            "balance_after": show(self.balance_after),
            "currency": self.currency,
            "cause": facts.cause,
            "postings": [
                {"ledger_account": one.ledger_account, "asset": one.asset.code, "amount": one.asset.show(one.amount)}
                for one in facts.postings
            ],
            "lines": [
                {
                    "from": iso(line.start),
                    "to": iso(line.end),
                    "seconds": line.seconds,
                    "price_per_hour": show(line.price_per_hour),
                }
                for line in facts.lines
            ],
            "details": dict(facts.details),
            "previous_hash": self.previous_hash,
        }


def append(facts: Unposted, place: Place, recorded_at: int) -> Entry:
    """Give an entry its number, its balance and its hash."""
    amount = facts.amount_for(prepaid(place.account_id))
    entry = Entry(
        account_id=place.account_id,
        sequence=place.sequence,
        currency=place.currency,
        amount=amount,
        balance_after=place.balance_before + amount,
        facts=facts,
        recorded_at=recorded_at,
        previous_hash=place.previous_hash,
        hash="",
    )
    return entry._replace(hash=hash_of(entry.body()))


def hash_of(hashed: Mapping[str, object]) -> str:
    """SHA-256 of the canonical JSON: keys sorted, no blanks, ASCII only."""
    canonical = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
