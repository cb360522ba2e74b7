"""The one error tree. The API maps each class to a status once, in `api/errors.py`; docs/errors.md lists the codes."""


class Failure(Exception):
    """An expected refusal: `code` is stable and machine-readable, `message` tells a person what to do.

    `field` names the part of the request at fault, in the words of the API document.
    """

    code = "failure"

    def __init__(self, message: str, *, code: str | None = None, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        if code is not None:
            self.code = code


class Invalid(Failure):
    """The request itself is wrong; the same request will never pass."""

    code = "invalid"


class TooLarge(Invalid):
    """The request's body is longer than we read."""

    code = "too_large"


class Unauthenticated(Failure):
    """No credential, or one that is unknown, disabled or expired."""

    code = "unauthenticated"


class Forbidden(Failure):
    """The caller is known and may not do this, however much money the account has."""

    code = "forbidden"


class NotFound(Failure):
    """Nothing of this account has that id. Another account's things are not found either."""

    code = "not_found"


class Conflict(Failure):
    """The state of the account or the thing does not allow it now."""

    code = "conflict"


class PaymentRequired(Failure):
    """The balance does not cover what was asked for."""

    code = "insufficient_balance"


class TooManyRequests(Failure):
    """Too many tries of a kind. Nothing was changed; the same request may pass after `retry_after_seconds`."""

    code = "too_many_requests"

    def __init__(
        self, message: str, *, retry_after_seconds: int = 1, code: str | None = None, field: str | None = None
    ) -> None:
        super().__init__(message, code=code, field=field)
        self.retry_after_seconds = retry_after_seconds


class Unavailable(Failure):
    """Something we depend on did not answer, or too many writers met. Nothing was changed; try again."""

    code = "unavailable"


class LostRace(Exception):
    """A conditional write found another version than the one that was read. Read again, decide again."""


class OutcomeUnknown(Exception):
    """A call to another system ended without an answer. It may or may not have taken effect."""
