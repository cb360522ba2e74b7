"""Comparing the journal with the account records: every difference, or that there is none.

docs/rules.md, "The books".
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from chalicelib.billing.account import Account, Status
from chalicelib.billing.chart import EntryKind, prepaid
from chalicelib.billing.journal import Entry, hash_of
from chalicelib.billing.meters import Meter, leases_of
from chalicelib.billing.place import GENESIS
from chalicelib.billing.store import BooksStore
from chalicelib.billing.totals import Totals


@dataclass(frozen=True, slots=True)
class Difference:
    """Two records that do not agree."""

    about: str
    """The id of the account or of the thing."""
    what: str


@dataclass(slots=True)
class Audit:
    """What a walk over all books found. `sums` has the balance of every ledger account by asset."""

    accounts: int = 0
    entries: int = 0
    differences: list[Difference] = field(default_factory=list)
    sums: Counter[tuple[str, str]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Auditor:
    """Walks every account. An account that is written to meanwhile is read again."""

    store: BooksStore

    def audit(self) -> Audit:
        """All accounts, whole journals."""
        audit = Audit()
        for account in self.store.accounts():
            self._audit(account, audit)
        audit.differences += unbalanced(audit.sums)
        return audit

    def _audit(self, listed: Account, audit: Audit) -> None:
        account, meters, entries = self._steady(listed)
        audit.accounts += 1
        audit.entries += len(entries)
        audit.differences += check_account(account, meters, entries)
        audit.differences += self._adjustments(account, entries)
        for entry in entries:
            for posting in entry.facts.postings:
                audit.sums[posting.ledger_account, posting.asset.code] += posting.amount

    def _steady(self, account: Account) -> tuple[Account, Sequence[Meter], Sequence[Entry]]:
        while True:
            meters = self.store.meters(account.account_id)
            entries = list(self.store.journal(account.account_id))
            again = self.store.account(account.account_id)
            if again.version == account.version:
                return account, meters, entries
            account = again

    def _adjustments(self, account: Account, entries: Iterable[Entry]) -> Iterator[Difference]:
        for entry in entries:
            if entry.facts.kind is not EntryKind.ADJUSTMENT:
                continue
            record = self.store.adjustment(account.account_id, entry.facts.cause)
            if record is None or record.amount != entry.amount:
                yield Difference(entry.entry_id, "has no adjustment record of its amount")


def check_account(account: Account, meters: Sequence[Meter], entries: Sequence[Entry]) -> list[Difference]:
    """One account with its open meters against its whole journal, oldest entry first."""
    found = [*_check_chain(account, entries), *_check_meters(account, meters, entries), *_check_closed(account, meters)]
    return [Difference(account.account_id, what) for what in found]


def _check_chain(account: Account, entries: Sequence[Entry]) -> Iterator[str]:
    balance, previous_hash, moment = 0, GENESIS, 0
    for place, entry in enumerate(entries, start=1):
        balance += entry.facts.amount_for(prepaid(account.account_id))
        if entry.sequence != place:
            yield f"entry {entry.sequence} stands where {place} should"
        if entry.balance_after != balance:
            yield f"entry {entry.sequence} says a balance of {entry.balance_after}, its postings sum to {balance}"
        if entry.previous_hash != previous_hash or entry.hash != hash_of(entry.body()):
            yield f"entry {entry.sequence} breaks the chain of hashes"
        if entry.facts.created_at < moment:
            yield f"entry {entry.sequence} is older than the one before it"
        previous_hash, moment = entry.hash, entry.facts.created_at
    if (account.ledger, account.sequence, account.last_hash) != (balance, len(entries), previous_hash):
        recorded = f"{account.ledger} after entry {account.sequence}"
        yield f"the record says {recorded}, the journal {balance} after {len(entries)}"


def _check_meters(account: Account, meters: Sequence[Meter], entries: Iterable[Entry]) -> Iterator[str]:
    used = sum(meter.units_at(account.at) for meter in meters)
    if used != account.unbooked:
        yield f"the record says {account.unbooked} units are unbooked, its meters {used}"
    totals = sum((meter.totals for meter in meters), start=Totals())
    if totals != account.totals:
        yield f"the record's totals are {account.totals}, its meters' {totals}"
    if leases_of(meters) != account.leases:
        yield f"the record's leases are {account.leases}, its meters' {leases_of(meters)}"
    booked: Counter[str] = Counter()
    for entry in entries:
        if entry.facts.kind is EntryKind.USAGE:
            booked[entry.facts.cause] -= entry.amount
    for meter in meters:
        if meter.booked != booked[meter.meter_id]:
            yield f"meter {meter.meter_id} has {meter.booked} booked, its entries {booked[meter.meter_id]}"


def _check_closed(account: Account, meters: Sequence[Meter]) -> Iterator[str]:
    if account.closed_at is None:
        return
    if account.ledger or account.unbooked or meters:
        yield "it is closed, and not everything on it is zero"
    if account.listed_at is not None or account.status is not Status.ACTIVE:
        yield "it is closed, and something is due or suspended on it"


def unbalanced(sums: Counter[tuple[str, str]]) -> Iterator[Difference]:
    """Assets whose ledger accounts do not sum to zero over all books."""
    by_asset: Counter[str] = Counter()
    for (_, asset), amount in sums.items():
        by_asset[asset] += amount
    for asset, amount in sorted(by_asset.items()):
        if amount:
            yield Difference(asset, f"all ledger accounts sum to {amount} instead of zero")
