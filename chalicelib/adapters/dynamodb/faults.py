"""What DynamoDB's and botocore's errors mean to a caller: lost a race, outcome unknown, or try again later."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError
from pynamodb.exceptions import PynamoDBException, TransactWriteError

from chalicelib.errors import LostRace, OutcomeUnknown, Unavailable

_CONDITION = frozenset({"ConditionalCheckFailedException", "ConditionalCheckFailed"})
_CONFLICT = frozenset({"TransactionConflictException", "TransactionConflict"})
_THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
    }
)
_UNFINISHED = frozenset({"TransactionInProgressException"})
_BUSY = "The database is busy. Try again in a moment."


def write_fault(error: PynamoDBException) -> Exception:
    """LostRace, OutcomeUnknown or Unavailable for a write that failed; the error itself where it is a bug of ours."""
    codes = _codes(error)
    if codes & _CONDITION:
        return _condition_fault(error)
    if codes & _CONFLICT:
        return LostRace("Another transaction holds one of the records.")
    if codes & _THROTTLED:
        return Unavailable(_BUSY)
    if codes & _UNFINISHED or _is_unanswered(error):
        return OutcomeUnknown("The database did not say whether it wrote.")
    return error


def was_cancelled_by_throttling(error: PynamoDBException) -> bool:
    """Whether a transaction was cancelled for capacity alone: nothing was written, and the SDK has not repeated it."""
    codes = _codes(error)
    return isinstance(error, TransactWriteError) and _is_cancelled(error) and bool(codes) and codes <= _THROTTLED


@contextmanager
def reading() -> Iterator[None]:
    """Reads under it raise Unavailable where the database is busy or does not answer."""
    try:
        yield
    except PynamoDBException as error:
        if _codes(error) & _THROTTLED or _is_unanswered(error):
            raise Unavailable(_BUSY) from error
        raise


def _condition_fault(error: PynamoDBException) -> Exception:
    """A single write that the SDK repeated may have failed its condition on what its own first try wrote.

    A transaction repeats with one token, and a first try that took effect is answered as such.
    """
    if not isinstance(error, TransactWriteError) and _response(error).get("RetryAttempts", 0) > 0:
        return OutcomeUnknown("A repeated write found its condition false.")
    return LostRace("A record is not as it was read.")


def _codes(error: PynamoDBException) -> frozenset[str]:
    """The reasons of a cancelled transaction, in no order that means anything; else the one code of the answer."""
    if isinstance(error, TransactWriteError) and _is_cancelled(error):
        return frozenset(reason.code for reason in error.cancellation_reasons if reason is not None)
    return frozenset([_code(error)])


def _is_cancelled(error: PynamoDBException) -> bool:
    return _code(error) == "TransactionCanceledException"


def _code(error: PynamoDBException) -> str:
    """The code of the answer, empty where none came. PynamoDB's own property breaks on botocore's time-outs."""
    cause = error.cause
    return str(cause.response.get("Error", {}).get("Code", "")) if isinstance(cause, ClientError) else ""


def _is_unanswered(error: PynamoDBException) -> bool:
    """No answer, or one from the 500s: DynamoDB says itself that such a write may have taken effect."""
    if isinstance(error.cause, (BotoConnectionError, HTTPClientError)):
        return True
    return int(_response(error).get("HTTPStatusCode", 0)) >= 500


def _response(error: PynamoDBException) -> Mapping[str, Any]:
    """What botocore noted about the answer. PynamoDB's own copy of the error leaves it out."""
    original = error.cause.__cause__ if error.cause is not None else None
    return original.response.get("ResponseMetadata", {}) if isinstance(original, ClientError) else {}
