"""What each error becomes over HTTP: its status, its headers and the one shape. docs/errors.md lists the codes."""

from collections.abc import Mapping

from chalicelib.api.shapes import Problem, Refusal
from chalicelib.errors import (
    Conflict,
    Failure,
    Forbidden,
    Invalid,
    LostRace,
    NotFound,
    OutcomeUnknown,
    PaymentRequired,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)


class UnsupportedMediaType(Invalid):
    """The body is not declared to be JSON."""

    code = "unsupported_media_type"


class MethodNotAllowed(Failure):
    """The address is known and this method is not."""

    code = "method_not_allowed"


STATUSES: Mapping[type[Exception], int] = {
    Invalid: 400,
    Unauthenticated: 401,
    PaymentRequired: 402,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    TooManyRequests: 429,
    Unavailable: 503,
    LostRace: 503,
    OutcomeUnknown: 503,
}
"""Every class of the error tree, and what stores raise when somebody forgot to catch it."""

INTERNAL_STATUS = 500
_UNAVAILABLE = Unavailable("Something that we depend on did not answer in time. Try again in a moment.")


def status_of(error: Exception) -> int:
    """The status of an error: that of its nearest class in the table, 500 for what is in none."""
    return next((STATUSES[known] for known in type(error).__mro__ if known in STATUSES), INTERNAL_STATUS)


def refusal_of(error: Exception, request_id: str) -> Refusal:
    """What the caller is told. Of an error that nobody foresaw: the request's id and nothing else."""
    if isinstance(error, LostRace | OutcomeUnknown):
        error = _UNAVAILABLE
    if isinstance(error, Failure):
        return Refusal(error=problem_of(error), message=error.message)
    message = f"Something went wrong on our side. If you write to us about it, name the request {request_id}."
    return Refusal(error=Problem(code="internal", message=message, field=None), message=message)


def problem_of(failure: Failure) -> Problem:
    """An expected refusal, for a program and for a person."""
    return Problem(code=failure.code, message=failure.message, field=failure.field)


def headers_of(error: Exception) -> dict[str, str]:
    """Headers that go with an error.

    API Gateway sends WWW-Authenticate on as x-amzn-Remapped-WWW-Authenticate: a caller goes by the status and the code.
    """
    if isinstance(error, Unauthenticated):
        return {"WWW-Authenticate": 'Bearer realm="api"'}
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {"Retry-After": "1"} if status_of(error) == STATUSES[Unavailable] else {}
