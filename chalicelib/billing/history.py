"""The account's history: pages, and a month's statement that can be checked offline. docs/rules.md, "The books"."""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.billing.account import Account
from chalicelib.billing.journal import Entry
from chalicelib.billing.place import GENESIS
from chalicelib.billing.store import BooksStore, EntryFilter, EntryPage

_PAGE = 100


@dataclass(frozen=True, slots=True)
class Statement:
    """All entries of one month, oldest first, between two balances. Amounts in micro-dollars."""

    account: Account
    month: str
    """2026-03"""
    opening_balance: int
    opening_hash: str
    entries: tuple[Entry, ...]

    @property
    def closing_balance(self) -> int:
        return self.entries[-1].balance_after if self.entries else self.opening_balance

    @property
    def closing_hash(self) -> str:
        return self.entries[-1].hash if self.entries else self.opening_hash


@dataclass(frozen=True, slots=True)
class History:
    """Reads of the journal. What time has made due and nobody has settled yet is not in it."""

    store: BooksStore

    def page(self, account_id: str, wanted: EntryFilter, before: int | None, limit: int) -> EntryPage:
        """A page, newest first."""
        return self.store.entries(account_id, wanted, before, limit)

    def all(self, account_id: str, wanted: EntryFilter) -> Iterator[Entry]:
        """Every matching entry, newest first, read page by page."""
        before: int | None = None
        while True:
            page = self.store.entries(account_id, wanted, before, _PAGE)
            yield from page.entries
            if page.before is None:
                return
            before = page.before

    def statement(self, account_id: str, month: str, start: int, end: int) -> Statement:
        """The statement of the month that begins at `start` and ends before `end`."""
        account = self.store.account(account_id)
        entries = tuple(self.all(account_id, EntryFilter(since=start, until=end)))[::-1]
        if entries:
            first = entries[0]
            opening = first.balance_after - first.amount
            return Statement(account, month, opening, first.previous_hash, entries)
        earlier = self.store.entries(account_id, EntryFilter(until=start), None, 1).entries
        if earlier:
            return Statement(account, month, earlier[0].balance_after, earlier[0].hash, ())
        return Statement(account, month, 0, GENESIS, ())
