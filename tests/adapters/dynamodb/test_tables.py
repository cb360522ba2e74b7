"""Models meet their tables when a store is built: through one client, and without a call."""

import subprocess
import sys
from typing import Any

import pytest
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.tables import bind, connect
from tests.adapters.dynamodb.emulated import recorded


class ByShard(GlobalSecondaryIndex["Thing"]):  # type: ignore[no-untyped-call]
    class Meta:
        index_name = "due"
        projection = KeysOnlyProjection()

    shard = NumberAttribute(hash_key=True)


class Thing(Model):
    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    shard = NumberAttribute(null=True)
    by_shard = ByShard()


def test_a_model_is_bound_to_two_tables_at_once() -> None:
    connection = connect("us-east-1")
    one, other = bind(Thing, "one", connection), bind(Thing, "other", connection)
    assert one.Meta.table_name == "one"
    assert other.Meta.table_name == "other"
    assert not hasattr(Thing, "Meta")
    assert issubclass(one, Thing)


def test_an_index_of_a_bound_model_asks_the_bound_table() -> None:
    bound = bind(Thing, "one", connect("us-east-1"))
    index: Any = bound.by_shard
    meta_table: Any = bound._get_connection().get_meta_table()
    assert index._model is bound
    assert meta_table.has_index_name("due")


def test_all_models_share_the_client_of_their_connection(identity: Connection) -> None:
    models = [bind(Thing, "IdentityTable", identity) for _ in range(3)]
    assert {id(model._get_connection().connection.client) for model in models} == {id(identity.client)}


def test_binding_makes_no_client_and_using_describes_no_table(identity: Connection) -> None:
    fresh = connect("us-east-1")
    bound = bind(Thing, "IdentityTable", fresh)
    assert fresh._client is None
    with recorded(fresh) as calls:
        bound("a", "b").save()
        assert bound.get("a", "b").item == "b"
        assert len(list(bound.query("a"))) == 1
    assert [operation for operation, _ in calls] == ["PutItem", "GetItem", "Query"]


def test_time_outs_and_tries_are_short() -> None:
    config: Any = connect("us-east-1").client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries == {"total_max_attempts": 4, "mode": "standard"}


def test_the_environment_says_where_dynamodb_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    connection = connect()
    assert connection.client.meta.endpoint_url == "http://127.0.0.1:9"
    assert connection.client.meta.region_name == "eu-north-1"
    bound = bind(Thing, "things", connection)
    assert bound._get_connection().connection.client.meta.endpoint_url == "http://127.0.0.1:9"


def test_importing_the_store_opens_no_socket_and_makes_no_client() -> None:
    code = (
        "import socket, botocore.session\n"
        "def refuse(*_, **__): raise AssertionError('at import')\n"
        "socket.socket.connect = refuse\n"
        "botocore.session.Session.create_client = refuse\n"
        "import chalicelib.adapters.dynamodb.tokens, chalicelib.adapters.dynamodb.transaction\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
