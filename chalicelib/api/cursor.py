"""Cursors: where the next page of a list starts, opaque to the caller.

A cursor is no credential: it holds a position and nothing else, and a list reads it within the caller's own account.
"""

import base64
import binascii
import json
from typing import Any, NoReturn

from msgspec import UnsetType

from chalicelib.errors import Invalid
from chalicelib.ids import is_id

_LARGEST = 2**53


def cursor_at(position: int | str | None) -> str | None:
    """The cursor of a position; None where there is no next page."""
    if position is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([position]).encode()).decode().rstrip("=")


def number_in(cursor: str | UnsetType) -> int | None:
    """The position in a list ordered by numbers. Raises Invalid for anything that `cursor_at` did not make."""
    if isinstance(cursor, UnsetType):
        return None
    position = _position(cursor)
    return position if type(position) is int and 0 < position < _LARGEST else _refuse()


def id_in(cursor: str | UnsetType, kind: str) -> str | None:
    """The position in a list ordered by ids of a kind. Raises Invalid likewise."""
    if isinstance(cursor, UnsetType):
        return None
    position = _position(cursor)
    return position if isinstance(position, str) and is_id(kind, position) else _refuse()


def _position(cursor: str) -> Any:
    try:
        decoded = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        _refuse()
    position = decoded[0] if isinstance(decoded, list) and len(decoded) == 1 else None
    if not isinstance(position, int | str) or cursor_at(position) != cursor:
        _refuse()
    return position


def _refuse() -> NoReturn:
    message = "This cursor was not given out by this list. Leave it out to begin with the first page."
    raise Invalid(message, code="invalid_cursor", field="cursor")
