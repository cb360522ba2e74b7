"""The product's tables in moto, made from the definition that is deployed. In the process: it opens no socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from moto import mock_aws
from pynamodb.connection import Connection

from chalicelib.adapters.dynamodb.tables import connect

REGION = "us-east-1"
RESOURCES = yaml.safe_load((Path(__file__).parents[3] / ".chalice" / "resources.yaml").read_text())["Resources"]
_PARTS = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "StreamSpecification")


def time_to_live_attribute(logical_id: str) -> str | None:
    """The attribute by which DynamoDB deletes a table's items."""
    found: str | None = RESOURCES[logical_id]["Properties"].get("TimeToLiveSpecification", {}).get("AttributeName")
    return found


@contextmanager
def emulated(*logical_ids: str) -> Iterator[Connection]:
    """Tables of these names of the definition, and a connection to them. A table's name is its name there."""
    with mock_aws():
        connection = _shared()
        for logical_id in logical_ids:
            _call("CreateTable", TableName=logical_id, BillingMode="PAY_PER_REQUEST", **_parts(logical_id))
        yield connection


@contextmanager
def recorded(connection: Connection) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The calls sent meanwhile: the operation and its parameters."""
    calls: list[tuple[str, dict[str, Any]]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, params))

    events = connection.client.meta.events
    events.register("provide-client-params.dynamodb", note)
    try:
        yield calls
    finally:
        events.unregister("provide-client-params.dynamodb", note)


def items(table: str) -> list[dict[str, Any]]:
    """Everything in a table, as DynamoDB holds it."""
    found: list[dict[str, Any]] = _call("Scan", TableName=table)["Items"]
    return found


@cache
def _shared() -> Connection:
    """One for the whole run: a client takes longer to make than a test to run."""
    return connect(REGION)


def _call(operation: str, **parameters: Any) -> dict[str, Any]:
    return dict(_shared().client._make_api_call(operation, parameters))


def _parts(logical_id: str) -> dict[str, Any]:
    properties = RESOURCES[logical_id]["Properties"]
    parts = {name: properties[name] for name in _PARTS if name in properties}
    if "StreamSpecification" in parts:
        parts["StreamSpecification"] = {"StreamEnabled": True, **parts["StreamSpecification"]}
    return parts
