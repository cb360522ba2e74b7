"""Events and contexts as Lambda hands them over."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.notices.messages import Message


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda says about a run."""

    aws_request_id: str = "run-1"


def stream_event(*records: dict[str, Any]) -> dict[str, Any]:
    """Records of a table's stream."""
    return {"Records": list(records)}


def inserted(message: Message, sequence: int = 1, **image: str) -> dict[str, Any]:
    """The record of a new message."""
    return stream_record("INSERT", message, sequence, **{"state": "pending", **image})


def stream_record(name: str, message: Message, sequence: int, **image: str) -> dict[str, Any]:
    """A record of the stream of notices."""
    texts = {"account_id": message.account_id, "message_id": message.message_id, "topic": message.topic, **image}
    new_image: dict[str, Any] = {key: {"S": str(value)} for key, value in texts.items()}
    new_image["created_at"] = {"N": str(message.created_at)}
    return {"eventName": name, "eventID": f"e{sequence}",
            "dynamodb": {"SequenceNumber": f"{sequence:03}", "NewImage": new_image}}


def queue_event(bodies: Sequence[object], correlation_id: str = "") -> dict[str, Any]:
    """Messages of a queue."""
    attributes = {"correlation_id": {"stringValue": correlation_id, "dataType": "String"}} if correlation_id else {}
    return {
        "Records": [
            {"messageId": f"m{place}", "body": json.dumps(body), "messageAttributes": attributes}
            for place, body in enumerate(bodies)
        ]
    }


def published(lines: str) -> dict[str, float]:
    """The metrics among the lines that a run printed, by name; they are under the namespace that the alarms watch."""
    found: dict[str, float] = {}
    for line in map(json.loads, lines.splitlines()):
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert directive["Namespace"] == "GpuCloudBilling"
            for metric in directive["Metrics"]:
                values = line[metric["Name"]]
                found[metric["Name"]] = sum(values) if isinstance(values, list) else values
    return found


def logged(lines: str) -> list[dict[str, Any]]:
    """The structured log lines among the lines that a run printed."""
    return [line for line in map(json.loads, lines.splitlines()) if "_aws" not in line]
