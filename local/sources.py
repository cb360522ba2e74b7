"""Event sources on this machine: what Lambda's own pollers do for queues and streams, one round at a time."""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import boto3
from boto3.dynamodb.types import Binary
from botocore.exceptions import ClientError

from local.functions import FunctionFailed, Functions

STREAM_TRIES = 3
_STREAM_PAGE = 100


@dataclass(frozen=True, slots=True)
class QueueSource:
    """A queue that a function takes its work from."""

    function: str
    queue_url: str
    queue_arn: str
    batch_size: int


@dataclass(frozen=True, slots=True)
class StreamSource:
    """A table's stream that a function reads. A record passes that matches a pattern, or if there is none."""

    function: str
    table_name: str
    patterns: Sequence[Mapping[str, Any]]
    batch_size: int


class QueuePump:
    """Receives, invokes, and deletes what did not fail. What failed comes again, until the queue gives it up."""

    def __init__(self, source: QueueSource, functions: Functions) -> None:
        self._source = source
        self._functions = functions
        self._sqs = boto3.client("sqs")

    def pump(self) -> int:
        """One batch; how many messages it had."""
        answer = self._sqs.receive_message(
            QueueUrl=self._source.queue_url,
            MaxNumberOfMessages=self._source.batch_size,
            WaitTimeSeconds=0,
            AttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if messages:
            self._handle(messages)
        return len(messages)

    def _handle(self, messages: Sequence[Mapping[str, Any]]) -> None:
        records = [_sqs_record(message, self._source.queue_arn) for message in messages]
        failed = _failed(self._functions, self._source.function, records, "messageId")
        for message in messages:
            handle = {"QueueUrl": self._source.queue_url, "ReceiptHandle": message["ReceiptHandle"]}
            if message["MessageId"] in failed:
                self._sqs.change_message_visibility(**handle, VisibilityTimeout=0)
            else:
                self._sqs.delete_message(**handle)


def _sqs_record(message: Mapping[str, Any], arn: str) -> dict[str, Any]:
    attributes = {
        name: {
            "stringValue": value.get("StringValue"),
            "dataType": value["DataType"],
            "stringListValues": [],
            "binaryListValues": [],
        }
        for name, value in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": attributes,
        "md5OfBody": message.get("MD5OfBody", ""),
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": "us-east-1",
    }


@dataclass
class _Shard:
    iterator: str
    waiting: list[Mapping[str, Any]] = field(default_factory=list)
    tries: int = 0


class StreamPump:
    """Reads a stream from its beginning. A record that keeps failing is dropped after a few tries, as configured."""

    def __init__(self, source: StreamSource, functions: Functions) -> None:
        self._source = source
        self._functions = functions
        self._streams = boto3.client("dynamodbstreams")
        self._arn = ""
        self._shards: dict[str, _Shard] = {}
        self.dropped = 0

    def pump(self) -> int:
        """One round over all shards; how many records were handed over."""
        self._find_shards()
        # An iterator that is refused makes a shard forget all of them.
        return sum(self._pump(shard) for shard in list(self._shards.values()))

    def _find_shards(self) -> None:
        if not self._arn:
            table = boto3.client("dynamodb").describe_table(TableName=self._source.table_name)["Table"]
            self._arn = table["LatestStreamArn"]
        described = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]
        for shard in described["Shards"]:
            shard_id = shard["ShardId"]
            if shard_id not in self._shards:
                start = self._streams.get_shard_iterator(
                    StreamArn=self._arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
                )
                self._shards[shard_id] = _Shard(start["ShardIterator"])

    def _pump(self, shard: _Shard) -> int:
        if not shard.waiting and shard.iterator:
            self._read(shard)
        if not shard.waiting:
            return 0
        batch = shard.waiting[: self._source.batch_size]
        failed = _failed(self._functions, self._source.function, batch, "SequenceNumber")
        done = next((place for place, record in enumerate(batch) if _sequence(record) in failed), len(batch))
        shard.waiting = shard.waiting[done:]
        self._count_tries(shard, failed=bool(failed))
        return len(batch)

    def _read(self, shard: _Shard) -> None:
        try:
            page = self._streams.get_records(ShardIterator=shard.iterator, Limit=_STREAM_PAGE)
        except ClientError:
            self._shards.clear()
            return
        shard.iterator = page.get("NextShardIterator") or ""
        records = (_stream_record(record, self._arn) for record in page["Records"])
        shard.waiting = [record for record in records if self._wanted(record)]

    def _count_tries(self, shard: _Shard, *, failed: bool) -> None:
        shard.tries = shard.tries + 1 if failed else 0
        if shard.tries >= STREAM_TRIES:
            shard.waiting = shard.waiting[1:]
            shard.tries = 0
            self.dropped += 1

    def _wanted(self, record: Mapping[str, Any]) -> bool:
        patterns = self._source.patterns
        return not patterns or any(matches(pattern, record) for pattern in patterns)


def matches(pattern: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    """Lambda's event filter, as much of it as the template uses: nested keys, and lists of exact values."""
    for key, wanted in pattern.items():
        there = value.get(key)
        if isinstance(wanted, Mapping):
            if not isinstance(there, Mapping) or not matches(wanted, there):
                return False
        elif there not in wanted:
            return False
    return True


def _stream_record(record: Mapping[str, Any], arn: str) -> dict[str, Any]:
    change = dict(record["dynamodb"])
    change.pop("ApproximateCreationDateTime", None)
    plain: dict[str, Any] = json.loads(json.dumps(change, default=_plain))
    return {
        "eventID": record["eventID"],
        "eventName": record["eventName"],
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": plain,
        "eventSourceARN": arn,
    }


def _plain(value: object) -> str:
    return str(bytes(value)) if isinstance(value, (bytes, Binary)) else str(value)


def _sequence(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["SequenceNumber"])


def _failed(functions: Functions, function: str, records: Sequence[Mapping[str, Any]], key: str) -> set[str]:
    """Identifiers of the records that come again: those the handler names, or all if it died."""
    every = {str(record[key] if key in record else record["dynamodb"][key]) for record in records}
    try:
        answer = functions.invoke(function, {"Records": list(records)})
    except FunctionFailed:
        return every
    named = {failure["itemIdentifier"] for failure in (answer or {}).get("batchItemFailures", [])}
    return named if named <= every else every


class Pumps:
    """All sources of a stack, drained together."""

    def __init__(self, pumps: Sequence[QueuePump | StreamPump]) -> None:
        self._pumps = pumps
        self._lock = threading.RLock()

    def drain(self) -> int:
        """Until a whole round finds nothing; how much was handed over."""
        with self._lock:
            return sum(self._rounds())

    def _rounds(self) -> Iterator[int]:
        while handed := sum(pump.pump() for pump in self._pumps):
            yield handed
