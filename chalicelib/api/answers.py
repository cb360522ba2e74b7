"""Answers: the bytes, the type and the headers of everything that the API sends."""

from collections.abc import Mapping, Sequence

import msgspec
from chalice.app import Response

from chalicelib.api.errors import headers_of, refusal_of, status_of

JSON = "application/json"
"""Exactly this: the command-line tool reads no answer of another type, nor one that names a charset."""

REQUEST_ID = "X-Request-Id"

_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


CSV = "text/csv; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"


class CsvFile(msgspec.Struct, frozen=True):
    """A table to keep: what a view answers where JSON would not do."""

    file_name: str
    text: str


class TextFile(msgspec.Struct, frozen=True):
    """A program in plain text, as it stands in a file of ours."""

    text: str


class Document(msgspec.Struct, frozen=True):
    """A JSON document of a standard that is not ours, ready to be sent."""

    text: str


def success(status: int, answer: object, request_id: str, cookies: Sequence[str] = ()) -> Response:
    """What a view answered: a shape, a table or a document; and the cookies that go with it."""
    response = _success(status, answer, request_id)
    if cookies:
        response.headers["Set-Cookie"] = list(cookies)
    return response


def _success(status: int, answer: object, request_id: str) -> Response:
    if isinstance(answer, CsvFile):
        disposition = {"Content-Disposition": f'attachment; filename="{answer.file_name}"'}
        return _response(status, answer.text, CSV, request_id, disposition)
    if isinstance(answer, TextFile):
        return _response(status, answer.text, PLAIN, request_id, {})
    if isinstance(answer, Document):
        return _response(status, answer.text, JSON, request_id, {})
    return _json(status, answer, request_id, {})


def failure(error: Exception, request_id: str) -> Response:
    """An error in the one shape that all errors have."""
    return _json(status_of(error), refusal_of(error, request_id), request_id, headers_of(error))


def _json(status: int, answer: object, request_id: str, headers: Mapping[str, str]) -> Response:
    return _response(status, msgspec.json.encode(answer).decode(), JSON, request_id, headers)


def _response(status: int, text: str, content_type: str, request_id: str, headers: Mapping[str, str]) -> Response:
    every: dict[str, str | list[str]] = {"Content-Type": content_type, REQUEST_ID: request_id}
    every.update(_ALWAYS)
    every.update(headers)
    return Response(body=text, status_code=status, headers=every)
