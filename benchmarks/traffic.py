"""Counting what goes to DynamoDB and SQS: requests, items written, and the capacity that AWS would charge."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from pynamodb.connection import Connection

from benchmarks.capacity import TRANSACTIONAL, Item, index_write_units, item_bytes, read_halves, write_units
from local.provision import Provisioned
from local.template import Table

_WRITES = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


@dataclass
class Traffic:
    """What one operation sent. Read units are counted in halves, so that they stay whole numbers."""

    requests: Counter[str] = field(default_factory=Counter)
    items_written: int = 0
    read_half_units: int = 0
    write_units: int = 0

    @property
    def read_units(self) -> str:
        """4.5"""
        whole, half = divmod(self.read_half_units, 2)
        return f"{whole}.5" if half else str(whole)

    @property
    def requests_in_words(self) -> str:
        """2 GetItem, 1 Query"""
        return ", ".join(f"{count} {name}" for name, count in sorted(self.requests.items())) or "none"


@dataclass(frozen=True)
class _Written:
    """One item that a request writes."""

    table: str
    key: Item


class Recorder:
    """Hears every request of a connection, and of boto3 clients made meanwhile. One thread at a time.

    `look` is another client of the same engine, with which items are read before and after they are written.
    """

    def __init__(self, connection: Connection, look: Any, provisioned: Provisioned) -> None:
        self._look = look
        tables = provisioned.template.tables
        self._tables: Mapping[str, Table] = {provisioned.names[table.logical_id]: table for table in tables}
        self._traffic: Traffic | None = None
        self._sent: Mapping[str, Any] = {}
        self._before: Sequence[tuple[_Written, Item | None]] = ()
        boto3.setup_default_session()
        ours, others = connection.client.meta.events, boto3.DEFAULT_SESSION.events
        self._hooks = (
            (ours, "provide-client-params.dynamodb", self._sending),
            (ours, "after-call.dynamodb", self._answered),
            (others, "provide-client-params.sqs", self._queueing),
        )

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear what is sent, by the connection and by clients that are made meanwhile."""
        for events, name, hook in self._hooks:
            events.register(name, hook)
        try:
            yield
        finally:
            for events, name, hook in self._hooks:
                events.unregister(name, hook)

    @contextmanager
    def counting(self) -> Iterator[Traffic]:
        """What is sent meanwhile."""
        self._traffic = traffic = Traffic()
        try:
            yield traffic
        finally:
            self._traffic = None

    def _queueing(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self._traffic is not None:
            self._traffic.requests[model.name] += 1

    def _sending(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        if self._traffic is None:
            return
        self._traffic.requests[model.name] += 1
        self._sent = params
        self._before = [(one, self._item(one)) for one in self._written(model.name, params)]

    def _answered(self, parsed: Mapping[str, Any], model: Any, **_: Any) -> None:
        traffic = self._traffic
        if traffic is None:
            return
        if model.name in ("GetItem", "Query"):
            items = parsed["Items"] if model.name == "Query" else [parsed.get("Item", {})]
            consistent = bool(self._sent.get("ConsistentRead"))
            traffic.read_half_units += read_halves(map(item_bytes, items), consistent=consistent)
        factor = TRANSACTIONAL if model.name == "TransactWriteItems" else 1
        for written, before in self._before:
            after = self._item(written)
            traffic.items_written += 1
            traffic.write_units += factor * write_units(before, after) + self._index_units(written, before, after)

    def _index_units(self, written: _Written, before: Item | None, after: Item | None) -> int:
        table = self._tables[written.table]
        units = 0
        for index in table.indexes:
            if index.projection != "KEYS_ONLY":
                raise ValueError(f"what the index {index.name} holds is not known here")
            keys = [key.name for key in index.keys]
            names = {*keys, *(key.name for key in table.keys)}
            units += index_write_units(names, keys, before, after)
        return units

    def _written(self, operation: str, params: Mapping[str, Any]) -> list[_Written]:
        if operation == "TransactWriteItems":
            pairs = [pair for action in params["TransactItems"] for pair in action.items()]
            return [self._target(kind, action) for kind, action in pairs]
        if operation in _WRITES:
            return [self._target(_WRITES[operation], params)]
        if operation not in ("GetItem", "Query"):
            raise ValueError(f"what {operation} costs is not known here")
        return []

    def _target(self, kind: str, action: Mapping[str, Any]) -> _Written:
        if kind != "Put":
            return _Written(action["TableName"], action["Key"])
        keys = [key.name for key in self._tables[action["TableName"]].keys]
        return _Written(action["TableName"], {name: action["Item"][name] for name in keys})

    def _item(self, written: _Written) -> Item | None:
        found = self._look.get_item(TableName=written.table, Key=written.key, ConsistentRead=True)
        item: Item | None = found.get("Item")
        return item
