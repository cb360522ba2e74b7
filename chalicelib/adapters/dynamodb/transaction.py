"""Writes as values, and the one place that sends them: all of a sequence or nothing."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamodb.faults import was_cancelled_by_throttling, write_fault
from chalicelib.adapters.dynamodb.tables import is_absent
from chalicelib.clock import pause
from chalicelib.writes import Write

MOST_WRITES = 100
"""DynamoDB takes no more in a transaction."""
PAUSES_MILLIS = (50, 100, 200)
"""Before a transaction that was cancelled for capacity is sent again."""


class TableWrite(ABC):
    """One write of one item, which goes alone or in a transaction."""

    def __init__(self, record: Model) -> None:
        self.record = record

    @property
    def target(self) -> str:
        """Table and key of the item."""
        return "/".join([self.record.Meta.table_name, *map(str, _key(self.record))])

    @abstractmethod
    def join(self, transaction: TransactWrite) -> None:
        """Become part of a transaction."""

    @abstractmethod
    def send(self) -> None:
        """Go alone, at half a transaction's price."""


class Put(TableWrite):
    """Write a whole new item."""

    def __init__(self, record: Model, condition: Condition | None = None) -> None:
        super().__init__(record)
        self.condition = condition

    def join(self, transaction: TransactWrite) -> None:
        transaction.save(self.record, condition=self.condition)

    def send(self) -> None:
        self.record.save(condition=self.condition)


class Update(TableWrite):
    """Change named attributes of the item with the record's key. Without its condition it could make an item."""

    def __init__(self, record: Model, actions: Sequence[Action], condition: Condition) -> None:
        super().__init__(record)
        self.actions = actions
        self.condition = condition

    def join(self, transaction: TransactWrite) -> None:
        transaction.update(self.record, actions=list(self.actions), condition=self.condition)

    def send(self) -> None:
        self.record.update(actions=list(self.actions), condition=self.condition)


class Delete(TableWrite):
    """Remove the item with the record's key. Without a condition, whether or not it is there."""

    def __init__(self, record: Model, condition: Condition | None) -> None:
        super().__init__(record)
        self.condition = condition

    def join(self, transaction: TransactWrite) -> None:
        transaction.delete(self.record, condition=self.condition)

    def send(self) -> None:
        self.record.delete(condition=self.condition)


class Check(TableWrite):
    """Write nothing, and let nothing be written unless the item with the record's key is so."""

    def __init__(self, record: Model, condition: Condition) -> None:
        super().__init__(record)
        self.condition = condition

    def join(self, transaction: TransactWrite) -> None:
        hash_key, *range_key = _key(self.record)
        transaction.condition_check(type(self.record), hash_key, next(iter(range_key), None), self.condition)

    def send(self) -> None:
        raise TypeError("A check belongs into a transaction with a write.")


def put_new(record: Model) -> Put:
    """Write an item that must not be there yet."""
    return Put(record, is_absent(type(record)))


def commit(
    connection: Connection,
    writes: Sequence[Write],
    token: str | None = None,
    *,
    pause: Callable[[int], None] = pause,
) -> None:
    """Carry out all of the writes or none. One alone is sent as it is, more as a transaction.

    `token` makes a transaction that is sent again within ten minutes the same one; botocore gives each call its own
    where there is none, so that repeats of the SDK are safe in any case. `pause` waits so many milliseconds.

    Raises LostRace where a condition was false or another transaction was under way on an item: read again, decide
    again. Raises OutcomeUnknown where no answer came, and Unavailable where there is no capacity.
    """
    steps = _checked(writes)
    for millis in PAUSES_MILLIS:
        try:
            return _send(connection, steps, token)
        except PynamoDBException as error:
            if not was_cancelled_by_throttling(error):
                _fail(error)
        pause(millis)
    try:
        _send(connection, steps, token)
    except PynamoDBException as error:
        _fail(error)


def _send(connection: Connection, steps: Sequence[TableWrite], token: str | None) -> None:
    if len(steps) == 1 and not isinstance(steps[0], Check):
        return steps[0].send()
    with TransactWrite(connection=connection, client_request_token=token) as transaction:
        for step in steps:
            step.join(transaction)


def _fail(error: PynamoDBException) -> None:
    fault = write_fault(error)
    if fault is error:
        raise error
    raise fault from error


def _checked(writes: Sequence[Write]) -> Sequence[TableWrite]:
    """Mistakes of ours that an engine may not tell."""
    steps = [write for write in writes if isinstance(write, TableWrite)]
    if len(steps) != len(writes):
        raise TypeError("Only writes that a DynamoDB store made can be committed here.")
    if not 1 <= len(steps) <= MOST_WRITES:
        raise ValueError(f"A transaction has 1 to {MOST_WRITES} writes, not {len(steps)}.")
    if len({step.target for step in steps}) != len(steps):
        raise ValueError("Two writes of a transaction are on one item.")
    return steps


def _key(record: Model) -> tuple[Any, ...]:
    names = (record._hash_keyname, record._range_keyname)
    return tuple(getattr(record, name) for name in names if name is not None)
