"""A queue on SQS: at least once, in any order, ten at a time."""

import json
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any

import boto3
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib import correlation
from chalicelib.errors import Unavailable
from chalicelib.queues import Hint

_BATCH = 10
_CLIENT = ClientConfig(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3})


class SqsQueue:
    """A Queue. A hint that is sent twice after a lost answer costs one more look."""

    def __init__(self, url: str, region: str) -> None:
        self._url = url
        self._region = region

    @cached_property
    def _sqs(self) -> Any:
        return boto3.client("sqs", region_name=self._region, config=_CLIENT)

    def send(self, hints: Iterable[Hint]) -> int:
        """Raises Unavailable when SQS does not take a hint."""
        return sum(self._send(batch) for batch in _batches(hints))

    def _send(self, batch: list[Hint]) -> int:
        entries = [
            {"Id": str(place), "MessageBody": json.dumps(hint), "MessageAttributes": _attributes()}
            for place, hint in enumerate(batch)
        ]
        try:
            answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            raise Unavailable("The queue can not be reached.") from error
        if answer.get("Failed"):
            raise Unavailable("The queue did not take every message.")
        return len(batch)


def _attributes() -> dict[str, Any]:
    """The correlation id goes beside the hint, so that a hint says only what to look at."""
    correlation_id = correlation.current()
    return {"correlation_id": {"DataType": "String", "StringValue": correlation_id}} if correlation_id else {}


def _batches(hints: Iterable[Hint]) -> Iterator[list[Hint]]:
    source = iter(hints)
    while batch := list(islice(source, _BATCH)):
        yield batch
