"""The books in memory: a working BooksStore with DynamoDB's conditions, limits and races, and no network."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from chalicelib.billing.account import Account
from chalicelib.billing.change import Change, MeterChange
from chalicelib.billing.journal import Entry
from chalicelib.billing.meters import Meter
from chalicelib.billing.store import DUE_SHARDS, Adjustment, EntryFilter, EntryPage
from chalicelib.errors import LostRace, NotFound
from chalicelib.notices.messages import Message
from chalicelib.writes import Write

TRANSACTION_ITEMS = 100
"""DynamoDB's limit of items in one transaction."""

Key = tuple[str, str, str | int]
"""Table, partition, sort key."""


@dataclass(frozen=True, slots=True)
class MemoryWrite:
    """A write of one record on condition that it is absent, or has the version that was read."""

    key: Key
    value: Any
    """None deletes."""
    version_read: int | None
    """None: the record must not exist."""

    @property
    def target(self) -> str:
        return "/".join(str(part) for part in self.key)


@dataclass(frozen=True, slots=True)
class Line:
    """The account's record as it lies in the table: with the key of the due index."""

    account: Account
    due_at: int | None

    @property
    def version(self) -> int:
        return self.account.version


@dataclass(frozen=True, slots=True)
class Commit:
    """What a transaction carried, for tests that look at what was written, and in which order."""

    change: Change | None
    beside: tuple[Write, ...]


class MemoryBooks:
    """Accounts, meters, adjustments, journals and messages. Threads may share it."""

    def __init__(self) -> None:
        self.records: dict[Key, Any] = {}
        self.commits: list[Commit] = []
        self._lock = threading.Lock()

    def account(self, account_id: str) -> Account:
        line = self.records.get(_line(account_id))
        if line is None:
            raise NotFound(f"No account {account_id}.")
        return line.account

    def meters(self, account_id: str) -> tuple[Meter, ...]:
        return tuple(record for record in self._partition("accounts", account_id) if isinstance(record, Meter))

    def commit(self, change: Change | None, beside: Sequence[Write]) -> None:
        writes = [*(_writes_of(change) if change else []), *beside]
        targets = [write.target for write in writes]
        if len(set(targets)) < len(targets) or not 0 < len(targets) <= TRANSACTION_ITEMS:
            raise ValueError(f"not a transaction: {len(targets)} items on {len(set(targets))} records")
        with self._lock:
            for write in writes:
                self._check(write)
            for write in writes:
                self._apply(write)
            self.commits.append(Commit(change, tuple(beside)))

    def opening(self, account: Account) -> Write:
        return MemoryWrite(_line(account.account_id), Line(account, None), None)

    def adjustment(self, account_id: str, reference: str) -> Adjustment | None:
        return self.records.get(("accounts", account_id, f"adjustment#{reference}"))

    def adjusting(self, adjustment: Adjustment) -> Write:
        key = ("accounts", adjustment.account_id, f"adjustment#{adjustment.reference}")
        return MemoryWrite(key, adjustment, None)

    def due(self, shard: int, now: int) -> Iterator[tuple[str, int]]:
        lines = [record for record in list(self.records.values()) if isinstance(record, Line)]
        keys = [(line.account.account_id, line.due_at) for line in lines if line.due_at is not None]
        mine = [key for key in keys if crc32(key[0].encode()) % DUE_SHARDS == shard and key[1] <= now]
        return iter(sorted(mine, key=lambda key: key[1]))

    def due_at(self, account_id: str) -> int | None:
        """The key of the due index as it was last written."""
        due_at: int | None = self.records[_line(account_id)].due_at
        return due_at

    def entries(self, account_id: str, wanted: EntryFilter, before: int | None, limit: int) -> EntryPage:
        newest_first = [entry for entry in reversed(list(self.journal(account_id))) if _wanted(entry, wanted)]
        rest = [entry for entry in newest_first if before is None or entry.sequence < before]
        page = tuple(rest[:limit])
        return EntryPage(page, page[-1].sequence if len(rest) > limit else None)

    def journal(self, account_id: str) -> Iterator[Entry]:
        return iter(self._partition("journal", account_id))

    def accounts(self) -> Iterator[Account]:
        return iter([record.account for record in self.records.values() if isinstance(record, Line)])

    def messages(self, account_id: str) -> list[Message]:
        """Everything told to an account, in the order in which it was written."""
        return [
            record
            for record in list(self.records.values())
            if isinstance(record, Message) and record.account_id == account_id
        ]

    def once(self, target: str) -> Write:
        """Another slice's write: a record that must not exist yet."""
        return MemoryWrite(("others", target, ""), target, None)

    def exists(self, target: str) -> bool:
        """Whether `once` has been committed."""
        return ("others", target, "") in self.records

    def _partition(self, table: str, partition: str) -> list[Any]:
        keys = sorted(key for key in list(self.records) if key[:2] == (table, partition))
        return [self.records[key] for key in keys]

    def _check(self, write: Any) -> None:
        found = self.records.get(write.key)
        version = None if found is None else getattr(found, "version", 0)
        if version != write.version_read:
            raise LostRace(f"{write.target}: read {write.version_read}, found {version}")

    def _apply(self, write: Any) -> None:
        if write.value is None:
            del self.records[write.key]
        else:
            self.records[write.key] = write.value


def _line(account_id: str) -> Key:
    return ("accounts", account_id, "line")


def _writes_of(change: Change) -> list[MemoryWrite]:
    account_id = change.before.account_id
    line = MemoryWrite(_line(account_id), Line(change.after, change.due_at), change.before.version)
    meters = [_meter_write(account_id, meter) for meter in change.meters]
    entries = [MemoryWrite(("journal", account_id, entry.sequence), entry, None) for entry in change.entries]
    messages = [MemoryWrite(("notices", account_id, mesg.message_id), mesg, None) for mesg in change.messages]
    return [line, *meters, *entries, *messages]


def _meter_write(account_id: str, change: MeterChange) -> MemoryWrite:
    key = ("accounts", account_id, f"meter#{change.meter_id}")
    return MemoryWrite(key, change.after, change.before.version if change.before else None)


def _wanted(entry: Entry, wanted: EntryFilter) -> bool:
    moment = entry.facts.created_at
    return (
        wanted.kind in (None, entry.facts.kind)
        and (wanted.since is None or moment >= wanted.since)
        and (wanted.until is None or moment < wanted.until)
    )
