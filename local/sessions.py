"""Sessions at a jump of the clock: those that are open stay as they are, as if their owner had just come along.

Time that nobody lived through is no time in which somebody was away.
"""

from dataclasses import dataclass
from typing import Any

import boto3

from chalicelib.bootstrap import Services


@dataclass(frozen=True)
class OpenSessions:
    """The sessions that were open before a jump."""

    table: Any
    items: tuple[dict[str, Any], ...]

    @classmethod
    def of(cls, services: Services) -> "OpenSessions":
        """Those that are open now."""
        table = boto3.resource("dynamodb").Table(services.config.tables.identity)
        kept = [item for item in _all(table) if item["item"] == "session"]
        now = services.clock()
        held = (services.sessions.store.session(item["secret_hash"]) for item in kept)
        opened = {one.secret_hash for one in held if one is not None and now < one.ends_at}
        return cls(table, tuple(item for item in kept if item["secret_hash"] in opened))

    def come_along(self, seconds: int) -> None:
        """Move them by so much. One that ended on the way stays ended."""
        for item in self.items:
            self.table.update_item(
                Key={"key": item["key"], "item": item["item"]},
                UpdateExpression="SET began_at = :began, seen_at = :seen, expires_at = :expires",
                ConditionExpression="attribute_exists(secret_hash)",
                ExpressionAttributeValues={
                    ":began": item["began_at"] + seconds,
                    ":seen": item["seen_at"] + seconds,
                    ":expires": item["expires_at"] + seconds,
                },
            )


def _all(table: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    start: dict[str, Any] = {}
    while True:
        page = table.scan(ConsistentRead=True, **start)
        found += page["Items"]
        if "LastEvaluatedKey" not in page:
            return found
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
