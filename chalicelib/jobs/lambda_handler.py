"""What is around every job: correlation id, structured logs, metrics, and batches where one record holds up no other.

Logs carry ids, counts and the names of errors. What people typed, addresses and credentials have no place in them.
"""

import json
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from io import TextIOBase
from typing import IO, Any, cast

from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from chalicelib import correlation
from chalicelib.errors import Failure, LostRace, OutcomeUnknown

NAMESPACE = "GpuCloudBilling"
CORRELATION_ATTRIBUTE = "correlation_id"

Record = Mapping[str, Any]
Handler = Callable[[dict[str, Any], Any], Any]

_METRICS: ContextVar[AmazonCloudWatchEMFProvider | None] = ContextVar("metrics", default=None)


def observed(handler: Handler) -> Handler:
    """Run a job under a correlation id, log what it dies of, and publish its metrics however it ends."""

    @wraps(handler)
    def invoke(event: dict[str, Any], context: Any) -> Any:
        with correlation.under(str(getattr(context, "aws_request_id", ""))), _published():
            try:
                return handler(event, context)
            except Exception as error:
                log_error("job_failed", error, job=handler.__name__)
                raise

    return invoke


def each_record(event: Mapping[str, Any], handle: Callable[[Record], None]) -> dict[str, list[dict[str, str]]]:
    """Handle each record of a queue or stream on its own; the answer names those that failed.

    SQS gives back what is named, a stream goes on from the first that is named: either way a record may come again.
    """
    failed = [record for record in event.get("Records", ()) if not _handled(record, handle)]
    if failed:
        count("RecordsFailed", len(failed))
    return {"batchItemFailures": [{"itemIdentifier": _identifier(record)} for record in failed]}


def hint_of(record: Record) -> dict[str, Any]:
    """The JSON values of a queue's message."""
    hint: dict[str, Any] = json.loads(record["body"])
    return hint


def image_of(record: Record) -> dict[str, str]:
    """The text attributes of the new image of a stream's record."""
    image: Mapping[str, Mapping[str, Any]] = record["dynamodb"].get("NewImage", {})
    return {name: value["S"] for name, value in image.items() if "S" in value}


def count(name: str, number: int = 1) -> None:
    """Add to a counter. It is published when the job ends."""
    _add(name, MetricUnit.Count, number)


def measure_seconds(name: str, seconds: int) -> None:
    """Publish a number of seconds when the job ends."""
    _add(name, MetricUnit.Seconds, seconds)


def log(event: str, **facts: str | int) -> None:
    """One structured line with the correlation id."""
    _logger().info(event, extra={"correlation_id": correlation.current(), **facts})


def log_error(event: str, error: BaseException, **facts: str | int) -> None:
    """One structured line about an error: its kind and where it arose. What it says only where the words are ours."""
    said = str(error) if isinstance(error, (Failure, LostRace, OutcomeUnknown)) else ""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    named = {"error": type(error).__name__, "said": said, "frames": frames}
    _logger().error(event, extra={"correlation_id": correlation.current(), **named, **facts})


def _handled(record: Record, handle: Callable[[Record], None]) -> bool:
    with correlation.under(_correlation_of(record)):
        try:
            handle(record)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one record, the others go on
            log_error("record_failed", error, record=_identifier(record))
            return False
        return True


def _correlation_of(record: Record) -> str:
    attribute: Mapping[str, str] = record.get("messageAttributes", {}).get(CORRELATION_ATTRIBUTE, {})
    return attribute.get("stringValue") or correlation.current()


def _identifier(record: Record) -> str:
    """What a partial batch response calls a record: SQS by its message id, a stream by its sequence number."""
    return str(record["dynamodb"]["SequenceNumber"] if "dynamodb" in record else record["messageId"])


@cache
def _logger() -> Logger:
    return Logger(stream=cast("IO[str]", _Output()), log_record_order=["level", "message", "correlation_id"], utc=True)


class _Output(TextIOBase):
    """Standard output as it is when a line is written, as for metrics, and not as it was when logging began."""

    def write(self, text: str) -> int:
        return sys.stdout.write(text)


def _add(name: str, unit: MetricUnit, number: int) -> None:
    metrics = _METRICS.get()
    if metrics is not None:
        metrics.add_metric(name, unit, number)


@contextmanager
def _published() -> Iterator[None]:
    metrics = AmazonCloudWatchEMFProvider(namespace=NAMESPACE)
    metrics.add_metadata(CORRELATION_ATTRIBUTE, correlation.current())
    token = _METRICS.set(metrics)
    try:
        yield
    finally:
        _METRICS.reset(token)
        if metrics.metric_set:
            metrics.flush_metrics()
