"""What billing needs of a store. `adapters/dynamodb/books.py` is one; the contract test runs on every engine."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from chalicelib.billing.account import Account
from chalicelib.billing.chart import EntryKind
from chalicelib.writes import Write

if TYPE_CHECKING:
    from chalicelib.billing.change import Change
    from chalicelib.billing.journal import Entry
    from chalicelib.billing.meters import Meter


class Adjustment(NamedTuple):
    """The operator's correction: the record that guards its entry. Unique by reference within the account."""

    account_id: str
    reference: str
    amount: int
    reason: str
    created_at: int


class EntryFilter(NamedTuple):
    """Which entries of an account: a kind, and moments from `since` up to and without `until`."""

    kind: EntryKind | None = None
    since: int | None = None
    until: int | None = None


class EntryPage(NamedTuple):
    """Entries newest first, and the sequence before which the next page starts (None: no more)."""

    entries: tuple["Entry", ...]
    before: int | None


class BooksStore(Protocol):
    """Accounts, meters, adjustments and journals. Reads are consistent unless they say otherwise."""

    def account(self, account_id: str) -> Account:
        """One read of one record. Raises NotFound."""

    def meters(self, account_id: str) -> tuple["Meter", ...]:
        """All meters of an account that are not yet booked to their end, by one query of the base table."""

    def commit(self, change: "Change | None", beside: Sequence[Write]) -> None:
        """One transaction, conditional on every version that was read.

        Raises LostRace when a version has moved, OutcomeUnknown when no answer came.
        """

    def opening(self, account: Account) -> Write:
        """The write that makes a new account."""

    def adjustment(self, account_id: str, reference: str) -> Adjustment | None:
        """The adjustment with this reference, if there is one."""

    def adjusting(self, adjustment: Adjustment) -> Write:
        """The write that records an adjustment, refused if its reference is taken."""

    def due(self, shard: int, now: int) -> Iterator[tuple[str, int]]:
        """Accounts of a shard with something due by `now`, and since when, oldest first. An index: only hints."""

    def entries(self, account_id: str, wanted: EntryFilter, before: int | None, limit: int) -> EntryPage:
        """A page of the account's journal, newest first, from below the sequence `before`."""

    def journal(self, account_id: str) -> Iterator["Entry"]:
        """The whole journal, oldest first."""

    def accounts(self) -> Iterator[Account]:
        """Every account. For the verifier and reports; no job of the product walks it."""


DUE_SHARDS = 8
