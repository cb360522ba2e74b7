"""Bugs of the store on DynamoDB, patched into the real adapter for the length of one test."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

from chalicelib.adapters.dynamodb.books import DynamoBooks
from chalicelib.adapters.dynamodb.fields import differences
from chalicelib.adapters.dynamodb.lines import LINE, due_fields, line_fields
from chalicelib.adapters.dynamodb.tables import is_present
from chalicelib.adapters.dynamodb.transaction import Update, commit
from chalicelib.billing.change import Change
from chalicelib.writes import Write

ADDED = ("ledger", "unbooked", "rate", "hourly_need", "restore_need", "resume_rate", "live_rentals", "version")
"""What DynamoDB's ADD would keep right by itself, if amounts were all that matters."""


@contextmanager
def bare_add_in_dynamodb() -> Iterator[None]:
    """Adds the differences to whatever the line is by now, instead of asking for the version that was read."""

    def account_write(self: DynamoBooks, change: Change) -> Write:
        before = line_fields(change.before)
        after = line_fields(change.after) | due_fields(change.after, change.due_at)
        added = [getattr(self._line, name).add(after[name] - before[name]) for name in ADDED]
        rest = {name: value for name, value in after.items() if name not in ADDED}
        actions = [*added, *differences(self._line, before, rest)]
        return Update(self._line(change.before.account_id, LINE), actions, is_present(self._line))

    with patch.object(DynamoBooks, "_account_write", account_write):
        yield


@contextmanager
def message_outside_of_the_transaction() -> Iterator[None]:
    """Writes each message to the outbox by itself, and then what it tells of."""

    def tell_first(self: DynamoBooks, change: Change | None, beside: Sequence[Write]) -> None:
        if change is not None:
            for message in change.messages:
                commit(self._connection, [self._notices.writing(message)])
            change = replace(change, messages=())
        original(self, change, beside)

    original = DynamoBooks.commit
    with patch.object(DynamoBooks, "commit", tell_first):
        yield
