"""Models joined to their tables when a store is built: no name, region or client is known when a module is imported."""

import types
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.connection._botocore_private import BotocoreBaseClientPrivate
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5
MAX_RETRY_ATTEMPTS = 3
MAX_POOL_CONNECTIONS = 20

M = TypeVar("M", bound=Model)


class _Borrowed(Connection):
    """A connection that keeps a table's schema and sends through another's client."""

    def __init__(self, lender: Connection) -> None:
        super().__init__(region=lender.region)
        self._lender = lender

    @property
    def client(self) -> BotocoreBaseClientPrivate:
        return self._lender.client


def connect(region: str | None = None) -> Connection:
    """One connection for all tables of a process. Its client is made at the first call.

    A client takes tens of milliseconds to make and holds a pool of sockets; PynamoDB alone makes one for each model.
    The endpoint is botocore's to find, so that AWS_ENDPOINT_URL_DYNAMODB counts; so is the region when it is None.
    """
    return Connection(
        region=region,
        connect_timeout_seconds=CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds=READ_TIMEOUT_SECONDS,
        max_retry_attempts=MAX_RETRY_ATTEMPTS,
        max_pool_connections=MAX_POOL_CONNECTIONS,
    )


def bind(model: type[M], table_name: str, connection: Connection) -> type[M]:
    """A subclass of the model that reads and writes this table through this connection. Sends nothing."""
    meta = type("Meta", (), {"table_name": table_name, "region": connection.region})
    namespace = {"Meta": meta, "__module__": model.__module__}
    bound: type[M] = types.new_class(model.__name__, (model,), exec_body=lambda body: body.update(namespace))
    table = bound._get_connection()
    borrowed = _Borrowed(connection)
    borrowed.add_meta_table(table.get_meta_table())
    table.connection = borrowed
    return bound


def is_absent(model: type[Model]) -> Condition:
    """The condition that no item has the key of the one that is written."""
    return _hash_key(model).does_not_exist()


def is_present(model: type[Model]) -> Condition:
    """The condition that an item with the key is there, without which an update would make one."""
    return _hash_key(model).exists()


def _hash_key(model: type[Model]) -> Attribute[Any]:
    attribute: Attribute[Any] = getattr(model, str(model._hash_keyname))
    return attribute
