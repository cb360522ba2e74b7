"""Whatever is sent to whatever writes: a clear refusal of the right status, and nothing has changed.

The cases are made from the API document, so that a new operation or field is tested when it is declared.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.api.openapi import document_of
from tests.api.counter import OFFER, PUBLIC_KEY, Counter, api

DOCUMENT = document_of(api().routes)
SCHEMAS = DOCUMENT["components"]["schemas"]

GOOD = {
    "NewRental": {"name": "trainer", "offer_id": OFFER},
    "QuoteOrder": {"offer_id": OFFER},
    "NewService": {"code": "qlip-license"},
    "NewKey": {"name": "laptop", "public_key": PUBLIC_KEY},
    "NewToken": {"description": "CI"},
}
"""A body of each shape that would be taken. A new shape has to be added."""
WRONG_TYPES: dict[str, tuple[Any, ...]] = {
    "string": (5, 1.5, True, [], {}, ["a"]),
    "array": (5, "a", True, {}, [5], [[]], [None]),
    "integer": ("5", 1.5, True, [], {}),
    "boolean": (1, "true", [], {}),
    "object": (5, "a", True, []),
}
PATH_IDS = {
    "rental_id": "rent_" + "0" * 20,
    "service_id": "srvc_" + "0" * 20,
    "key_id": "key_" + "0" * 20,
    "token_id": "tokn_" + "0" * 20,
}


@dataclass(frozen=True)
class Case:
    """A body for an operation, and the field at fault."""

    path: str
    what: str
    body: dict[str, Any]
    field: str

    def __str__(self) -> str:
        return f"{self.path} {self.field} {self.what}"


def writes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every operation of the REST API that may change something."""
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            if method != "get" and path.startswith("/api/v1/"):
                yield method.upper(), path, described


def bodies() -> Iterator[tuple[str, str]]:
    """Path and shape of every operation that takes a body."""
    for _, path, described in writes():
        if "requestBody" in described:
            yield path, described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]


def cases() -> Iterator[Case]:
    for path, shape in bodies():
        schema, good = SCHEMAS[shape], GOOD[shape]
        yield Case(path, "unknown", {**good, "surprise": 1}, "surprise")
        for field, of in schema["properties"].items():
            if field in schema["required"]:
                yield Case(path, "missing", {name: good[name] for name in good if name != field}, field)
            yield Case(path, "null", {**good, field: None}, field)
            for wrong in WRONG_TYPES[of["type"]]:
                yield Case(path, f"wrong type {json.dumps(wrong)}", {**good, field: wrong}, field)
            if of["type"] == "string":
                yield Case(path, "too long", {**good, field: "a" * (of["maxLength"] + 1)}, field)
                yield Case(path, "empty", {**good, field: ""}, field)
            if of["type"] == "array":
                yield Case(path, "too long", {**good, field: ["key_" + "0" * 20] * (of["maxItems"] + 1)}, field)


def filled(path: str) -> str:
    return path.format(**PATH_IDS)


@pytest.fixture
def rich(counter: Counter) -> Counter:
    """An account for which the good bodies would pass."""
    counter.credit("100")
    key = PUBLIC_KEY.replace("DyrPIQ", "DyrPIR")
    assert counter.client.post("/api/v1/keys", {"name": "other", "public_key": key}).status == 201
    return counter


@pytest.mark.parametrize(("path", "shape"), list(bodies()))
def test_the_good_body_of_each_operation_is_taken(rich: Counter, path: str, shape: str) -> None:
    assert rich.client.post(path, GOOD[shape]).status in (200, 201)


@pytest.mark.parametrize("case", list(cases()), ids=str)
def test_a_field_that_does_not_fit_is_refused_by_name(rich: Counter, case: Case) -> None:
    before = rich.everything()
    answer = rich.client.post(case.path, case.body)
    assert answer.status == 400, answer.text
    assert (answer.field or "").split(".")[0] == case.field
    assert f'"{answer.field}"' in answer.json["message"] or answer.code in ("invalid_moment", "invalid_name")
    assert rich.everything() == before


@pytest.mark.parametrize("path", sorted({path for path, _ in bodies()}))
@pytest.mark.parametrize(
    ("raw", "content_type", "status", "code"),
    [
        (b"", "application/json", 400, "body_missing"),
        (b"{", "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 400, "malformed_json"),
        (b"null", "application/json", 400, "malformed_json"),
        (b'"text"', "application/json", 400, "malformed_json"),
        (b'{"name": "a", "name": "b"}', "application/json", 400, "malformed_json"),
        (b'{"name": NaN}', "application/json", 400, "malformed_json"),
        (b'{"name": ' + b"9" * 5000 + b"}", "application/json", 400, "malformed_json"),
        (b"\xff\xfe", "application/json", 400, "malformed_json"),
        (b"[" * 60_000, "application/json", 400, "malformed_json"),
        (b'{"name": "' + b"a" * 70_000 + b'"}', "application/json", 413, "too_large"),
        (b'{"name": "a"}', "text/plain", 415, "unsupported_media_type"),
        (b"name=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"name": "a"}', "", 415, "unsupported_media_type"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_body_that_is_no_plain_json_is_refused(
    rich: Counter, path: str, raw: bytes, content_type: str, status: int, code: str
) -> None:
    before = rich.everything()
    answer = rich.client.send("POST", path, raw, {"content-type": content_type})
    assert (answer.status, answer.code) == (status, code)
    assert rich.everything() == before


@pytest.mark.parametrize(("method", "path", "described"), list(writes()), ids=lambda value: str(value)[:40])
def test_every_write_needs_a_token_and_no_surprise(
    rich: Counter, method: str, path: str, described: dict[str, Any]
) -> None:
    before = rich.everything()
    assert rich.client.as_caller(None).send(method, filled(path), b"{}", {}).status == 401
    answer = rich.client.send(method, filled(path) + "?surprise=1", b"{}", {"content-type": "application/json"})
    assert (answer.status, answer.field) == (400, "surprise")
    assert rich.everything() == before


@pytest.mark.parametrize(
    ("method", "path"), [(method, path) for method, path, _ in writes() if "{" in path], ids=lambda value: str(value)
)
@pytest.mark.parametrize("text", ["x", "rent_", "RENT_" + "0" * 20, "rent_" + "u" * 20, "%2e%2e", "0" * 500, "é"])
def test_an_id_that_is_none_is_not_found(rich: Counter, method: str, path: str, text: str) -> None:
    before = rich.everything()
    answer = rich.client.send(method, path.format(**dict.fromkeys(PATH_IDS, text)), b"", {})
    assert (answer.status, answer.code) == (404, "not_found")
    unknown = rich.client.send(method, filled(path), b"", {})
    assert unknown.status == 404
    assert rich.everything() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m, p, described in writes() if "requestBody" not in described and "withdrawals" not in p],
    ids=lambda value: str(value),
)
def test_what_takes_no_body_refuses_one(rich: Counter, method: str, path: str) -> None:
    answer = rich.client.send(method, filled(path), b'{"force": true}', {"content-type": "application/json"})
    assert (answer.status, answer.code) == (400, "body_not_taken")


@pytest.mark.parametrize("path", [path for path, methods in DOCUMENT["paths"].items() if "get" in methods])
@pytest.mark.parametrize("query", ["surprise=1", "limit=1&limit=2", "limit[]=1", "%00=1", "cursor=x", "=&="])
def test_no_read_answers_a_query_that_it_does_not_know(rich: Counter, path: str, query: str) -> None:
    address = filled(path.replace("{month}", "2025-11"))
    answer = rich.client.get(f"{address}?{query}")
    assert answer.status == 400, answer.text
