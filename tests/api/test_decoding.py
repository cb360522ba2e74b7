"""A request is read strictly or refused with what to do about it; nothing of it is repeated but names."""

import base64
import contextlib
import json
from typing import Annotated, Any

import pytest
from chalice.app import Request
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.decoding import LONGEST_BODY, body_of, idempotency_key_of, no_body, query_of
from chalicelib.api.errors import UnsupportedMediaType
from chalicelib.api.shapes import Limit, Shape
from chalicelib.billing.chart import EntryKind
from chalicelib.errors import Failure, Invalid, TooLarge

JSON = "application/json"


class Inner(Shape, frozen=True, kw_only=True):
    """Inside."""

    count: Annotated[int, Meta(ge=1, le=9)]


class Asked(Shape, frozen=True, kw_only=True):
    """A body with every kind of field."""

    name: Annotated[str, Meta(min_length=1, max_length=8, description="printable characters")]
    ids: Annotated[list[Annotated[str, Meta(pattern="^a+$")]], Meta(max_length=2)] | UnsetType = UNSET
    kind: EntryKind | UnsetType = UNSET
    sure: bool = False
    inner: Inner | UnsetType = UNSET
    key: Annotated[str, Meta(pattern="^key_[a-z]+$", description="the id of a key", examples=["key_a"])] = "key_b"


class Query(Shape, frozen=True, kw_only=True):
    """A query."""

    limit: Limit = 25
    kind: EntryKind | UnsetType = UNSET


def request(body: bytes | str | None = None, content_type: str | None = JSON, **event: Any) -> Request:
    headers = {} if content_type is None else {"content-type": content_type}
    return Request(
        {
            "multiValueQueryStringParameters": None,
            "headers": headers,
            "pathParameters": {},
            "requestContext": {"httpMethod": "POST", "resourcePath": "/"},
            "body": body,
            "stageVariables": None,
            **event,
        }
    )


def refusal(body: bytes | str | None, content_type: str | None = JSON, **event: Any) -> Failure:
    with pytest.raises(Failure) as caught:
        body_of(request(body, content_type, **event), Asked)
    return caught.value


@pytest.mark.parametrize("content_type", [JSON, JSON.upper(), f"{JSON}; charset=utf-8", f'{JSON};charset="UTF-8"'])
def test_a_body_is_json_in_utf_8(content_type: str) -> None:
    assert body_of(request('{"name": "é"}', content_type), Asked).name == "é"


def test_a_gateway_may_hand_the_body_over_in_base64() -> None:
    raw = base64.b64encode(b'{"name": "a"}').decode()
    assert body_of(request(raw, isBase64Encoded=True), Asked).name == "a"
    assert refusal("a", isBase64Encoded=True).code == "malformed_body"


@pytest.mark.parametrize(
    "content_type", [None, "", "text/plain", f"{JSON}; charset=latin-1", "application/jsonp", "multipart/form-data"]
)
def test_another_type_is_refused(content_type: str | None) -> None:
    assert isinstance(refusal('{"name": "a"}', content_type), UnsupportedMediaType)


@pytest.mark.parametrize("body", [None, "", b""])
def test_a_missing_body_is_said_to_be_missing(body: bytes | str | None) -> None:
    assert refusal(body, None).code == "body_missing"


@pytest.mark.parametrize(
    "body",
    [
        "{", "nul", "{'name': 'a'}", '{"name": "a",}', '{"name": "a"} {}', "\ufeff{}",
        '{"name": "a", "name": "b"}', '{"name": "a", "inner": {"count": 1, "count": 2}}',
        '{"name": NaN}', '{"name": Infinity}', '{"name": -Infinity}',
        '{"name": "\\ud800"}', '{"\\udfff": 1}', '{"ids": [["\\ud800"]]}',
        b'{"name": "\xff"}', b'{"name": "\xed\xa0\x80"}',
        '{"inner": {"count": ' + "9" * 5000 + "}}",
        "[" * 30_000, '{"a":' * 10_000, '{"name": "a\nb"}', '{"name": "a\x00b"}',
    ],
)  # fmt: skip
def test_what_is_not_plain_json_is_refused(body: bytes | str) -> None:
    caught = refusal(body)
    assert caught.code == "malformed_json"
    assert caught.message == "The body is not valid JSON in UTF-8, or names a field twice."


@pytest.mark.parametrize("body", ["[]", "null", "3", '"x"', "true"])
def test_a_body_is_an_object(body: str) -> None:
    assert refusal(body).code == "malformed_json"


def test_a_body_has_a_limit() -> None:
    assert isinstance(refusal("x" * (LONGEST_BODY + 1)), TooLarge)
    assert refusal("x" * LONGEST_BODY).code == "malformed_json"


@pytest.mark.parametrize(
    ("body", "code", "field", "sentence"),
    [
        ("{}", "missing_field", "name",
         '"name" is missing: it must be text of 1 to 8 characters: printable characters.'),
        ('{"name": null}', "invalid_field", "name", '"name" must be text of 1 to 8 characters: printable characters.'),
        ('{"name": ""}', "invalid_field", "name", '"name" must be text of 1 to 8 characters: printable characters.'),
        ('{"name": "a", "x": 1}', "unknown_field", "x", '"x" is not known here. Leave it out.'),
        ('{"name": "a", "ids": ["a", 3]}', "invalid_field", "ids.1", '"ids.1" must be text.'),
        ('{"name": "a", "ids": ["b"]}', "invalid_field", "ids.0", '"ids.0" must be text.'),
        ('{"name": "a", "key": "a"}', "invalid_field", "key", '"key" must be text such as key_a: the id of a key.'),
        ('{"name": "a", "ids": ["a", "a", "a"]}', "invalid_field", "ids", '"ids" must be a list of at most 2 items.'),
        ('{"name": "a", "ids": null}', "invalid_field", "ids", '"ids" must be a list of at most 2 items.'),
        ('{"name": "a", "sure": "yes"}', "invalid_field", "sure", '"sure" must be true or false.'),
        ('{"name": "a", "inner": 3}', "invalid_field", "inner", '"inner" must be an object.'),
        ('{"name": "a", "inner": {}}', "missing_field", "inner.count",
         '"inner.count" is missing: it must be a whole number from 1 to 9.'),
        ('{"name": "a", "inner": {"count": 1.5}}', "invalid_field", "inner.count",
         '"inner.count" must be a whole number from 1 to 9.'),
        ('{"name": "a", "inner": {"count": 1, "y": 2}}', "unknown_field", "inner.y",
         '"inner.y" is not known here. Leave it out.'),
        ('{"name": "a", "kind": "gift"}', "invalid_field", "kind",
         '"kind" must be one of adjustment, conversion, dispute, refund, reversal, top_up, usage.'),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_and_told_what_it_must_be(body: str, code: str, field: str, sentence: str) -> None:
    caught = refusal(body)
    assert (caught.code, caught.field, caught.message) == (code, field, sentence)


@given(st.dictionaries(st.text(max_size=80), st.integers(), min_size=1))
def test_names_of_the_callers_own_making_come_back_plain_and_short(body: dict[str, int]) -> None:
    with pytest.raises(Invalid) as caught:
        body_of(request(_dumped({"name": "a", **body, "name2": 1})), Asked)
    field = caught.value.field or ""
    assert len(field) <= 70 and field.isascii() and (field.isprintable() or not field)


@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_do_worse_than_a_refusal(body: bytes) -> None:
    with contextlib.suppress(Failure):
        body_of(request(body), Asked)


@pytest.mark.parametrize("body", [None, "", "{}", " {} "])
def test_what_takes_no_body_lets_an_empty_one_pass(body: str | None) -> None:
    no_body(request(body, None))


@pytest.mark.parametrize("body", ["null", '{"a": 1}', "[]", "x"])
def test_what_takes_no_body_refuses_one(body: str) -> None:
    with pytest.raises(Invalid) as caught:
        no_body(request(body))
    assert caught.value.code == "body_not_taken"


def test_a_query_is_read_into_its_shape() -> None:
    asked = query_of(request(multiValueQueryStringParameters={"limit": ["7"], "kind": ["usage"]}), Query)
    assert asked == Query(limit=7, kind=EntryKind.USAGE)
    assert query_of(request(), Query) == Query()


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"limit": ["0"]}, "invalid_field", "limit"),
        ({"limit": ["101"]}, "invalid_field", "limit"),
        ({"limit": [""]}, "invalid_field", "limit"),
        ({"limit": ["ten"]}, "invalid_field", "limit"),
        ({"limit": ["1e1"]}, "invalid_field", "limit"),
        ({"limit": ["3.0"]}, "invalid_field", "limit"),
        ({"limit": ["+3"]}, "invalid_field", "limit"),
        ({"limit": ["03"]}, "invalid_field", "limit"),
        ({"limit": ["9" * 5000]}, "invalid_field", "limit"),
        ({"limit": ["1", "2"]}, "repeated_parameter", "limit"),
        ({"kind": ["null"]}, "invalid_field", "kind"),
        ({"kind": ["Usage"]}, "invalid_field", "kind"),
        ({"page": ["2"]}, "unknown_field", "page"),
        ({"": ["2"]}, "unknown_field", ""),
    ],
)
def test_a_query_that_is_not_plain_is_refused(query: dict[str, list[str]], code: str, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        query_of(request(multiValueQueryStringParameters=query), Query)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("key", ["a", "!~", "x" * 64])
def test_an_idempotency_key_is_visible_ascii(key: str) -> None:
    assert idempotency_key_of(request(headers={"idempotency-key": key})) == key
    assert idempotency_key_of(request()) is None


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 65, "é", "a\n", "\x7f"])
def test_another_idempotency_key_is_refused(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        idempotency_key_of(request(headers={"Idempotency-Key": key}))
    assert (caught.value.code, caught.value.field) == ("invalid_idempotency_key", "Idempotency-Key")


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()
