"""Values between the wire and the domain: amounts, moments, and what a caller left out."""

import re
from datetime import UTC, datetime
from typing import TypeVar

from msgspec import UnsetType

from chalicelib.errors import Invalid
from chalicelib.money import USD

_INSTANT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)?"

Value = TypeVar("Value")


def amount(micros: int) -> str:
    """Micro-dollars as a decimal string with six decimals. Every currency that can be chosen has as many."""
    return USD.show(micros)


def amount_in(text: str | UnsetType, field: str) -> int | None:
    """The micro-dollars that a caller wrote, or None where it was left out. Raises Invalid."""
    return None if isinstance(text, UnsetType) else USD.parse(text, field=field)


def given(value: Value | UnsetType) -> Value | None:
    """The value, or None where the caller left it out."""
    return None if isinstance(value, UnsetType) else value


def moment_in(text: str | UnsetType, field: str) -> int | None:
    """The UTC second that a caller wrote, or None where it was left out. Raises Invalid."""
    if isinstance(text, UnsetType):
        return None
    try:
        if re.fullmatch(_INSTANT, text) is None:
            raise ValueError(text)
        return max(0, int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()))
    except ValueError:
        message = f'"{field}" must be a second in UTC such as 2026-03-01T00:00:00Z, or a day such as 2026-03-01.'
        raise Invalid(message, code="invalid_moment", field=field) from None
