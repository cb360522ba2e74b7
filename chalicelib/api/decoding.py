"""Reading requests strictly: the body, the query and the one header that a caller may send. Nothing is guessed."""

import binascii
import json
import re
from typing import Any, TypeVar

import msgspec
from chalice.app import Request

from chalicelib.api.errors import UnsupportedMediaType
from chalicelib.api.sentences import refused
from chalicelib.errors import Invalid, TooLarge

LONGEST_BODY = 64 * 1024
LONGEST_IDEMPOTENCY_KEY = 64
IDEMPOTENCY_KEY = "Idempotency-Key"

_JSON_TYPE = r'(?ai)application/json *(; *charset="?utf-8"? *)?'
_VISIBLE = rf"[!-~]{{1,{LONGEST_IDEMPOTENCY_KEY}}}"

Asked = TypeVar("Asked")


def body_of(request: Request, shape: type[Asked]) -> Asked:
    """The JSON body as a shape. Raises TooLarge, UnsupportedMediaType and Invalid."""
    raw = _raw_body(request)
    if not raw:
        raise Invalid("Send a JSON object as the body.", code="body_missing")
    if re.fullmatch(_JSON_TYPE, request.headers.get("content-type", "")) is None:
        raise UnsupportedMediaType("Send the body with Content-Type: application/json.")
    try:
        return msgspec.convert(_parsed(raw), shape)
    except msgspec.ValidationError as error:
        raise refused(error, shape) from None


def no_body(request: Request) -> None:
    """For operations that take none: an empty one or {} is let pass."""
    raw = _raw_body(request)
    if raw and raw.strip() != b"{}":
        raise Invalid("This takes no body. Leave it out.", code="body_not_taken")


def query_of(request: Request, shape: type[Asked]) -> Asked:
    """The query as a shape: each parameter once, in its plain form. Raises Invalid."""
    given: dict[str, str] = {}
    for name, values in (request.to_original_event()["multiValueQueryStringParameters"] or {}).items():
        if len(values) != 1:
            raise Invalid("Give each parameter once.", code="repeated_parameter", field=name[:LONGEST_IDEMPOTENCY_KEY])
        given[name] = values[0]
    try:
        asked = msgspec.convert(given, shape, strict=False)
    except msgspec.ValidationError as error:
        raise refused(error, shape) from None
    for name, text in given.items():
        if str(getattr(asked, name)) != text:
            raise Invalid(f'"{name}" is not written plainly.', code="invalid_field", field=name)
    return asked


def idempotency_key_of(request: Request) -> str | None:
    """The Idempotency-Key, if there is one. Raises Invalid."""
    key = request.headers.get(IDEMPOTENCY_KEY)
    if key is not None and re.fullmatch(_VISIBLE, key) is None:
        message = f"An Idempotency-Key is 1 to {LONGEST_IDEMPOTENCY_KEY} visible ASCII characters."
        raise Invalid(message, code="invalid_idempotency_key", field=IDEMPOTENCY_KEY)
    return None if key is None else str(key)


def _raw_body(request: Request) -> bytes:
    try:
        raw = request.raw_body
    except (binascii.Error, UnicodeEncodeError):
        raise Invalid("The body could not be read.", code="malformed_body") from None
    if len(raw) > LONGEST_BODY:
        raise TooLarge(f"A body has at most {LONGEST_BODY} bytes.")
    return raw if isinstance(raw, bytes) else raw.encode()


def _parsed(raw: bytes) -> Any:
    """Plain JSON in UTF-8: no name twice in an object, no NaN, no half of a character, no endless number or depth."""
    try:
        value = json.loads(raw.decode(), object_pairs_hook=_once_each, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        message = "The body is not valid JSON in UTF-8, or names a field twice."
        raise Invalid(message, code="malformed_json") from None
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
