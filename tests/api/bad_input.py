"""Bad input, made from the API document: a new operation or field is tried as soon as it is declared."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chalicelib.api.openapi import document_of
from tests.api.counter import OFFER, PUBLIC_KEY, api

DOCUMENT = document_of(api().routes)
SCHEMAS = DOCUMENT["components"]["schemas"]
Body = dict[str, Any]
Schema = dict[str, Any]

RENTAL, KEY, TOKEN, SERVICE, SELF_HOSTED = "<rental>", "<key>", "<token>", "<service>", "<self-hosted>"
"""What stands for something that the caller owns, and is filled in when a request is sent."""
_PAGE = {"orderByField": "createdAt", "orderByDirection": "DESC", "page": 1, "limit": 5}
GOOD: dict[str, Body] = {
    "NewRental": {"name": "trainer", "offer_id": OFFER, "key_ids": [KEY]},
    "QuoteOrder": {"offer_id": OFFER},
    "NewLease": {"stop_after_hours": 12},
    "NewSpendingCap": {"cap": "500.00"},
    "NewService": {"code": "qlip-license"},
    "NewKey": {"name": "laptop", "public_key": PUBLIC_KEY},
    "KeyToGenerate": {"name": "laptop"},
    "NewToken": {"description": "CI"},
    "ChosenCurrency": {"currency": "USD"},
    "Farewell": {"password": "seventeen purple walruses", "forfeit": "12.500000"},
    "CliToken": {"userApiToken": TOKEN, "cliVersion": "0.7.16"},
    "NothingAsked": {},
    "SomethingToConnect": {"entityIdentifier": "box"},
    "KeyToFind": {"sshKey": PUBLIC_KEY},
    "KeyToAdd": {"sshKey": PUBLIC_KEY + "\n", "note": "laptop"},
    "KeyToAttach": {"instanceRentedPublicId": RENTAL, "sshPublicKeyPublicId": KEY},
    "RentedAsked": {"instanceRentedSlug": "box"},
    "PowerAsked": {"instanceRentedPublicId": RENTAL, "requestedPowerStatus": "REBOOT"},
    "RentAsked": {"slug": "trainer", "gpuName": "A10G", "cloudProviderName": "Amazon", "forceStartRent": True},
    "RentedListAsked": {"entityFilterRequest": _PAGE, "businessStatuses": ["ONLINE"]},
    "SelfHostedListAsked": {"entityFilterRequest": _PAGE, "businessStatuses": ["RUNNING"]},
    "SelfHostedAsked": {"selfhostedInstanceSlug": "lab"},
    "NewSelfHosted": {"name": "lab-1"},
    "Heartbeat": {
        "cpu_type": "AMD", "cpu_cores": 8, "memory_bytes": 1, "shm_total_bytes": 1, "shm_used_bytes": 0, "gpus": [],
        "host_user": "root", "address": "203.0.113.7", "applied_key_ids": [KEY],
    },
}
"""A body of each shape that would be taken. A new shape has to be added."""
DAEMONS = "/daemon-api/"
"""Where what begins so takes a daemon's token; who else asks is tried in tests/people/test_authorization.py."""
NOT_LOOKED_UP = "applied_key_ids"
"""What a daemon says that it has let in: it may know ids of keys that are deleted meanwhile."""
_PASSWORD = "four plain words together"
_AUTHORIZATION = {
    "response_type": "code", "client_id": "THESTAGE_CLI", "code_challenge": "E" * 43, "code_challenge_method": "S256",
    "redirect_uri": "http://localhost:40123/thestageai-oauth-code", "state": "xyzzy-1234-abcd",
}  # fmt: skip
GOOD |= {
    "NewUser": {"email": "grace@example.com", "password": _PASSWORD, "name": "Grace"},
    "UsedLink": {"token": "link_" + "0" * 20 + ".x"},
    "LogInWith": {"email": "grace@example.com", "password": _PASSWORD, "code": "123456"},
    "NewName": {"name": "Grace"},
    "Forgotten": {"email": "grace@example.com"},
    "Reset": {"token": "link_" + "0" * 20 + ".x", "password": _PASSWORD},
    "ChangedPassword": {"current_password": _PASSWORD, "new_password": _PASSWORD + " more", "code": "123456"},
    "ChangedEmail": {"email": "grace@example.com", "password": _PASSWORD, "code": "123456"},
    "ConfirmedPassword": {"password": _PASSWORD},
    "Confirmed": {"password": _PASSWORD, "code": "123456"},
    "FirstCode": {"code": "123456"},
    "FromGoogle": {"code": "4/0Ab", "state": "Xy"},
    "GoogleLink": {"code": "4/0Ab", "state": "Xy", "password": _PASSWORD, "code_of_second_factor": "123456"},
    "AuthorizationDecided": {**_AUTHORIZATION, "approve": True},
    "ExchangeAsked": {
        "grant_type": "authorization_code", "code": "tsai_code_x", "client_id": "THESTAGE_CLI",
        "redirect_uri": "http://localhost:40123/thestageai-oauth-code", "code_verifier": "v" * 86,
    },
}  # fmt: skip
BEFORE_A_SESSION = {
    "/api/v1/sign-up", "/api/v1/email/verify", "/api/v1/email/confirm", "/api/v1/sessions",
    "/api/v1/password/forgot", "/api/v1/password/reset", "/api/v1/google/begin", "/api/v1/google/sign-in",
    "/user-api/v1/oauth/pkce/exchange-authorization-code",
}  # fmt: skip
"""What anybody may call who wants to be let in."""
LETS_UNKNOWN_PASS = {"CliToken", "ExchangeAsked"}
"""Other versions of the command may send more, and would be locked out by a refusal."""
WRONG_TYPES: dict[str, tuple[Any, ...]] = {
    "string": (5, 1.5, True, [], {}, ["a"]),
    "array": (5, "a", True, {}, [5], [[]], [None]),
    "integer": ("5", 1.5, True, [], {}),
    "boolean": (1, "true", [], {}),
    "object": (5, "a", True, []),
    "enum": ("surprise", "", 5, True, [], {}),
}
NO_JSON: tuple[tuple[bytes, str, int, str], ...] = (
    (b"", "application/json", 400, "body_missing"),
    (b"{", "application/json", 400, "malformed_json"),
    (b"{} {}", "application/json", 400, "malformed_json"),
    (b"{'name': 'a'}", "application/json", 400, "malformed_json"),
    (b"[]", "application/json", 400, "malformed_json"),
    (b"null", "application/json", 400, "malformed_json"),
    (b'"text"', "application/json", 400, "malformed_json"),
    (b'{"name": "a", "name": "b"}', "application/json", 400, "malformed_json"),
    (b'{"name": NaN}', "application/json", 400, "malformed_json"),
    (b'{"name": "\\ud800"}', "application/json", 400, "malformed_json"),
    (b'{"name": ' + b"9" * 5000 + b"}", "application/json", 400, "malformed_json"),
    (b"\xff\xfe", "application/json", 400, "malformed_json"),
    (b'{"name": "\xe9"}', "application/json", 400, "malformed_json"),
    (b"[" * 60_000, "application/json", 400, "malformed_json"),
    (b'{"name": "' + b"a" * 70_000 + b'"}', "application/json", 413, "too_large"),
    (b" " * 5_000_000, "application/json", 413, "too_large"),
    (b'{"name": "a"}', "text/plain", 415, "unsupported_media_type"),
    (b"name=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
    (b'{"name": "a"}', "application/json; charset=latin-1", 415, "unsupported_media_type"),
    (b'{"name": "a"}', "", 415, "unsupported_media_type"),
)
"""Bodies that no operation takes: what is sent as which type, and the status and code that it gets."""
STRANGE = (
    "a\x00b", "a\nb", "a\r\nX-Injected: 1", "\x1b[2J", "[/x]", "<b>", "‮abc", "\u2028", "é", "😀", " ", "..",
    "../../etc/passwd", "%2e%2e%2f", "{{7*7}}", "${jndi:x}", "'; DROP TABLE accounts; --", "null", "NaN", "-1", "1e999",
)  # fmt: skip
"""Texts that something may take for more than a text."""


@dataclass(frozen=True)
class Case:
    """A body for an operation, and the field at fault."""

    path: str
    what: str
    body: Body
    field: str

    def __str__(self) -> str:
        return f"{self.path} {self.field} {self.what}"


@dataclass(frozen=True)
class Field:
    """A field of a body: where it stands, what it must be, and whether it may be left out or null."""

    place: tuple[str, ...]
    of: Schema
    required: bool
    nullable: bool

    @property
    def name(self) -> str:
        return ".".join(self.place)

    def within(self, good: Body, value: Any) -> Body:
        """The good body with this value in the field."""
        return _changed(good, self.place, lambda body, name: body.update({name: value}))

    def left_out(self, good: Body) -> Body:
        return _changed(good, self.place, lambda body, name: body.pop(name, None))


def operations(*, of_people: bool = False) -> Iterator[tuple[str, str, Schema]]:
    """Method, path and description of every operation that a program calls, or else of all that take a person."""
    for path, methods in DOCUMENT["paths"].items():
        for method, described in methods.items():
            if takes_a_person(path, described) is of_people:
                yield method.upper(), path, described


def takes_a_person(path: str, described: Schema) -> bool:
    """Whether it is for somebody in person, or for whoever wants to be: tests/people tries those."""
    return described["security"] == [{"session": []}] or path in BEFORE_A_SESSION


def writes(*, of_people: bool = False) -> Iterator[tuple[str, str, Schema]]:
    """Those that may change something. The command sends all that it asks by POST."""
    return (one for one in operations(of_people=of_people) if one[0] != "GET")


def bodies(*, of_people: bool = False) -> Iterator[tuple[str, str]]:
    """Path and shape of every operation that takes a body."""
    for _, path, described in writes(of_people=of_people):
        if "requestBody" in described:
            yield path, described["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]


def method_of(path: str) -> str:
    """The method by which a body is sent there."""
    return next(method for method, written, described in writes() if written == path and "requestBody" in described)


def fields(shape: str, place: tuple[str, ...] = ()) -> Iterator[Field]:
    """Every field of a shape, and those of the shapes in it."""
    schema = SCHEMAS[shape]
    for name, declared in schema["properties"].items():
        options = [one for one in declared.get("anyOf", [declared]) if one.get("type") != "null"]
        assert len(options) == 1, f"{shape}.{name}: teach the tests what to try"
        inner = options[0].get("$ref", "").rpartition("/")[2]
        of = SCHEMAS[inner] if inner else options[0]
        yield Field((*place, name), of, name in schema["required"], "anyOf" in declared)
        if "properties" in of:
            yield from fields(inner, (*place, name))


def cases(*, of_people: bool = False) -> Iterator[Case]:
    """Every body with one fault."""
    for path, shape in bodies(of_people=of_people):
        good = GOOD[shape]
        for place in () if shape in LETS_UNKNOWN_PASS else (("surprise",), *_inner_surprises(shape)):
            unknown = Field(place, {}, required=False, nullable=False)
            yield Case(path, "unknown", unknown.within(good, 1), unknown.name)
        for field in fields(shape):
            if field.required:
                yield Case(path, "missing", field.left_out(good), field.name)
            for what, value in wrong_values(field):
                yield Case(path, what, field.within(good, value), field.name)


def wrong_values(field: Field) -> Iterator[tuple[str, Any]]:
    """What a field must not be: of another type, empty, too long, too small, too large, of another form."""
    of = field.of
    if not field.nullable:
        yield "null", None
    for wrong in WRONG_TYPES["enum" if "enum" in of else of["type"]]:
        yield f"wrong type {json.dumps(wrong)}", wrong
    if "maxLength" in of:
        yield "too long", "a" * (of["maxLength"] + 1)
    if "minLength" in of or "pattern" in of:
        yield "empty", ""
    if "pattern" in of:
        yield "another form", "A;b" if re.search(of["pattern"], "a" * 25) else "a" * 25
    if "maxItems" in of:
        yield "too many", [_item(of["items"])] * (of["maxItems"] + 1)
    if "minItems" in of:
        yield "none", []
    if "minimum" in of:
        yield "too small", of["minimum"] - 1
    if "maximum" in of:
        yield "too large", of["maximum"] + 1


def id_fields() -> Iterator[tuple[str, str, Field]]:
    """Path, shape and field of everything in a body that names something of an account."""
    for path, shape in bodies():
        for field in fields(shape):
            if field.place[-1].endswith(("_id", "_ids", "Id", "Slug")) and field.name != NOT_LOOKED_UP:
                yield path, shape, field


def _inner_surprises(shape: str) -> Iterator[tuple[str, ...]]:
    return ((*field.place, "surprise") for field in fields(shape) if "properties" in field.of)


def _item(of: Schema) -> Any:
    resolved = SCHEMAS[of["$ref"].rpartition("/")[2]] if "$ref" in of else of
    if "properties" in resolved:
        return {name: _item(inner) for name, inner in resolved["properties"].items()}
    return resolved["enum"][0] if "enum" in resolved else resolved["examples"][0]


def _changed(good: Body, place: tuple[str, ...], change: Any) -> Body:
    body: Body = json.loads(json.dumps(good))
    inner = body
    for name in place[:-1]:
        inner = inner[name]
    change(inner, place[-1])
    return body
