"""A BooksStore on the tables `accounts`, `journal` and `notices`: one decision, one conditional transaction."""

from collections.abc import Iterable, Iterator, Sequence

from pynamodb.connection import Connection
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.entries import EntryRecord, entry_fields, entry_of
from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.fields import differences
from chalicelib.adapters.dynamodb.lines import LINE, DynamoLines, account_of, due_fields, line_fields
from chalicelib.adapters.dynamodb.records import (
    ADJUSTMENT,
    METER,
    AdjustmentRecord,
    MeterRecord,
    adjustment_of,
    meter_fields,
    meter_of,
)
from chalicelib.adapters.dynamodb.tables import bind
from chalicelib.adapters.dynamodb.transaction import Delete, Update, commit, put_new
from chalicelib.billing.account import Account
from chalicelib.billing.change import Change, MeterChange
from chalicelib.billing.dunning import due_at
from chalicelib.billing.journal import Entry
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import Adjustment, EntryFilter, EntryPage
from chalicelib.notices.store import NoticesStore
from chalicelib.writes import Write

_SCANNED_PAGE = 100


class DynamoBooks(DynamoLines):
    """Accounts, meters, adjustments and journals."""

    def __init__(
        self, connection: Connection, accounts_table: str, journal_table: str, notices: NoticesStore, policy: Policy
    ) -> None:
        super().__init__(connection, accounts_table)
        self._connection = connection
        self._notices = notices
        self._policy = policy
        self._meter = bind(MeterRecord, accounts_table, connection)
        self._adjustment = bind(AdjustmentRecord, accounts_table, connection)
        self._entry = bind(EntryRecord, journal_table, connection)

    # Reading.

    def meters(self, account_id: str) -> tuple[Meter, ...]:
        """One consistent Query of the base table."""
        with reading():
            found = self._meter.query(account_id, self._meter.item.startswith(METER), consistent_read=True)
            return tuple(meter_of(record) for record in found)

    def adjustment(self, account_id: str, reference: str) -> Adjustment | None:
        """One consistent GetItem."""
        with reading():
            try:
                record = self._adjustment.get(account_id, ADJUSTMENT + reference, consistent_read=True)
            except self._adjustment.DoesNotExist:
                return None
        return adjustment_of(record)

    def due(self, shard: int, now: int) -> Iterator[tuple[str, int]]:
        """One Query of the index `due`, and one more for each further page."""
        with reading():
            for record in self._line.due_index.query(shard, self._line.due_at <= now):
                yield record.account_id, int(record.due_at or now)

    def entries(self, account_id: str, wanted: EntryFilter, before: int | None, limit: int) -> EntryPage:
        """Queries backwards from `before`, and stops at the first entry older than is wanted."""
        found: list[Entry] = []
        for entry in self._backwards(account_id, wanted, before, limit + 1):
            if wanted.since is not None and entry.facts.created_at < wanted.since:
                break
            if len(found) == limit:
                return EntryPage(tuple(found), found[-1].sequence)
            found.append(entry)
        return EntryPage(tuple(found), None)

    def _backwards(self, account_id: str, wanted: EntryFilter, before: int | None, page: int) -> Iterator[Entry]:
        below = None if before is None else self._entry.sequence < before
        with reading():
            rows = self._entry.query(
                account_id,
                below,
                filter_condition=self._filter(wanted),
                consistent_read=True,
                scan_index_forward=False,
                page_size=page,
            )
            yield from map(entry_of, rows)

    def _filter(self, wanted: EntryFilter) -> Condition | None:
        condition: Condition | None = None
        if wanted.kind is not None:
            condition = self._entry.kind == str(wanted.kind)
        if wanted.until is not None:
            earlier = self._entry.created_at < wanted.until
            condition = earlier if condition is None else condition & earlier
        return condition

    def journal(self, account_id: str) -> Iterator[Entry]:
        """The whole partition, oldest first."""
        with reading():
            yield from map(entry_of, self._entry.query(account_id, consistent_read=True))

    def accounts(self) -> Iterator[Account]:
        """Scans the table: for the verifier alone."""
        with reading():
            only_lines = self._line.item == LINE
            yield from map(
                account_of, self._line.scan(only_lines, page_size=_SCANNED_PAGE, consistent_read=True)
            )

    # Writing.

    def commit(self, change: Change | None, beside: Sequence[Write]) -> None:
        """One transaction: account, meters, entries, messages, and what other slices put beside them."""
        writes: list[Write] = []
        if change is not None:
            writes.append(self._account_write(change))
            writes.extend(self._meter_writes(change.meters))
            writes.extend(put_new(self._entry_record(entry)) for entry in change.entries)
            writes.extend(self._notices.writing(message) for message in change.messages)
        commit(self._connection, [*writes, *beside])

    def opening(self, account: Account) -> Write:
        """Refused if the account is there."""
        fields = line_fields(account) | due_fields(account, due_at(account, self._policy))
        return put_new(self._line(account.account_id, LINE, **fields))

    def adjusting(self, adjustment: Adjustment) -> Write:
        """Refused if the reference is taken."""
        record = self._adjustment(
            adjustment.account_id,
            ADJUSTMENT + adjustment.reference,
            amount=adjustment.amount,
            reason=adjustment.reason,
            created_at=adjustment.created_at,
        )
        return put_new(record)

    def _account_write(self, change: Change) -> Write:
        before = line_fields(change.before)
        after = line_fields(change.after) | due_fields(change.after, change.due_at)
        record = self._line(change.before.account_id, LINE)
        actions = differences(self._line, before, after)
        return Update(record, actions, self._line.version == change.before.version)

    def _meter_writes(self, changes: Iterable[MeterChange]) -> Iterator[Write]:
        for change in changes:
            write = self._meter_write(change.before, change.after)
            if write is not None:
                yield write

    def _meter_write(self, before: Meter | None, after: Meter | None) -> Write | None:
        if before is None:
            return None if after is None else put_new(self._meter_record(after))
        record = self._meter(before.account_id, METER + before.meter_id)
        unchanged = self._meter.version == before.version
        if after is None:
            return Delete(record, unchanged)
        return Update(record, differences(self._meter, meter_fields(before), meter_fields(after)), unchanged)

    def _meter_record(self, meter: Meter) -> Model:
        return self._meter(meter.account_id, METER + meter.meter_id, **meter_fields(meter))

    def _entry_record(self, entry: Entry) -> Model:
        return self._entry(entry.account_id, entry.sequence, **entry_fields(entry))
