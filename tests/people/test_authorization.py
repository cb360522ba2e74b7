"""The authorization matrix, made from the routes: each of them against every caller who may not make the call.

What is asked for is in order otherwise, by the API document's own examples: the caller is the only thing that is wrong.
Nobody learns whether an id of somebody else exists: it is answered to the letter like one that nobody has.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from app import app
from chalicelib.api.openapi import document_of
from chalicelib.api.view import ID_KINDS, Access, Operation, operation_of
from chalicelib.clock import HOUR, MINUTE
from tests.people.browser import OUR_PAGES, Browser
from tests.stack import Customer, Stack, started

OPERATIONS = tuple(
    sorted(
        (operation_of(entry.view_function) for methods in app.routes.values() for entry in methods.values()),
        key=lambda one: (one.path, one.method),
    )
)
GUARDED = tuple(one for one in OPERATIONS if one.access in (Access.ACCOUNT, Access.IN_PERSON))
DAEMONS = tuple(one for one in OPERATIONS if one.access is Access.DAEMON)
OPEN = {
    "GET /api/openapi.json", "GET /api/v1/health",
    "POST /api/v1/sign-up", "POST /api/v1/email/verify", "POST /api/v1/email/confirm", "POST /api/v1/sessions",
    "POST /api/v1/password/forgot", "POST /api/v1/password/reset",
    "POST /api/v1/google/begin", "POST /api/v1/google/sign-in",
    "GET /daemon-api/v1/daemon.py", "GET /daemon-api/v1/install.sh",
    "POST /user-api/v1/validate-token", "POST /user-api/v1/oauth/pkce/exchange-authorization-code",
}  # fmt: skip
"""What anybody may call: a new one is written down here, by somebody who has thought about it."""

_numbers = count(1)


def name_of(declared: Operation) -> str:
    return f"{declared.method} {declared.path}"


@dataclass(frozen=True)
class Asked:
    """One request that is in order."""

    method: str
    path: str
    body: Any

    @classmethod
    def of(cls, declared: Operation, ids: Mapping[str, str]) -> "Asked":
        """By the document's example. Parameters of the path are filled in by the kind of their id."""
        described = _DOCUMENT["paths"][declared.path][declared.method.lower()]
        body = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        path = declared.path
        for name, kind in ID_KINDS.items():
            path = path.replace(f"{{{name}}}", ids[kind])
        query = [each for each in described["parameters"] if each["in"] == "query" and each["required"]]
        pairs = "&".join(f"{each['name']}={_example(each['schema'])}" for each in query)
        return cls(declared.method, path + (f"?{pairs}" if pairs else ""), body)


def _example(schema: Mapping[str, Any]) -> str:
    return str((schema.get("examples") or ["x"])[0])


_DOCUMENT = document_of(app.routes)
NOBODYS = {kind: f"{kind}_{'0' * 20}" for kind in ID_KINDS.values()}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("stack")) as stack, stack.in_place():
        yield stack


@pytest.fixture(scope="module")
def stranger(stack: Stack) -> Customer:
    """Somebody with money and a token of their own."""
    return stack.open("stranger@example.com", "100.00")


@pytest.fixture(scope="module")
def browser(stack: Stack) -> Browser:
    """Somebody who has logged in."""
    return Browser(stack, "in-person@example.com").arrive()


def send(stack: Stack, asked: Asked, headers: Mapping[str, str]) -> tuple[int, Any]:
    """The request with these headers and no others of a caller."""
    return Browser(stack, "", headers).send(asked.method, asked.path, asked.body)


def test_what_anybody_may_call_is_written_down() -> None:
    assert {name_of(one) for one in OPERATIONS if one.access is Access.PUBLIC} == OPEN


@pytest.mark.parametrize("declared", GUARDED, ids=name_of)
def test_nobody_who_is_unknown_gets_in(stack: Stack, stranger: Customer, declared: Operation) -> None:
    asked = Asked.of(declared, NOBODYS)
    dead, disabled = stranger.new_token(stack.services.clock() + HOUR), stranger.new_token()
    stack.services.tokens.disable(stranger.account_id, disabled[0], stack.services.clock())
    stack.services.tokens.disable(stranger.account_id, dead[0], stack.services.clock())
    callers = {
        "nobody": ({}, "token_missing"),
        "basic": ({"Authorization": "Basic YTpi"}, "token_unreadable"),
        "unknown": ({"Authorization": "Bearer tsai_api_x"}, "token_unknown"),
        "disabled": ({"Authorization": f"Bearer {disabled[1]}"}, "token_disabled"),
        "no session": ({**OUR_PAGES, "Cookie": "__Host-session=tsai_sess_x"}, "session_unknown"),
        "a token as a session": ({**OUR_PAGES, "Cookie": f"__Host-session={stranger.token}"}, "session_unknown"),
    }
    for who, (headers, code) in callers.items():
        status, answer = send(stack, asked, headers)
        assert (status, answer["error"]["code"]) == (401, code), who


@pytest.fixture(scope="module")
def expired(stack: Stack, stranger: Customer) -> str:
    """A token whose time is over. A whole minute passes, so that the schedules meet the other tests as ever."""
    _, token = stranger.new_token(stack.services.clock() + 1)
    stack.advance(MINUTE)
    return token


@pytest.mark.parametrize("declared", GUARDED, ids=name_of)
def test_an_expired_token_opens_nothing(stack: Stack, expired: str, declared: Operation) -> None:
    status, answer = send(stack, Asked.of(declared, NOBODYS), {"Authorization": f"Bearer {expired}"})
    assert (status, answer["error"]["code"]) == (401, "token_expired")


@pytest.mark.parametrize("declared", [one for one in GUARDED if one.method != "GET"], ids=name_of)
def test_a_session_is_taken_from_our_own_pages_alone(stack: Stack, browser: Browser, declared: Operation) -> None:
    asked = Asked.of(declared, NOBODYS)
    cookie = {"Cookie": f"__Host-session={browser.cookies['__Host-session']}"}
    for headers, code in (
        ({}, "header_missing"),
        ({"X-Console": "1"}, "cross_site"),
        ({"X-Console": "1", "Sec-Fetch-Site": "cross-site"}, "cross_site"),
        ({"X-Console": "1", "Sec-Fetch-Site": "same-site"}, "cross_site"),
        ({"X-Console": "1", "Origin": "https://evil.example"}, "cross_site"),
        ({"X-Console": "1", "Origin": "null"}, "cross_site"),
    ):
        status, answer = send(stack, asked, {**cookie, **headers})
        assert (status, answer["error"]["code"]) == (403, code), headers


@pytest.mark.parametrize("declared", [one for one in GUARDED if one.access is Access.IN_PERSON], ids=name_of)
def test_a_token_does_not_do_what_takes_a_person(stack: Stack, stranger: Customer, declared: Operation) -> None:
    status, answer = send(stack, Asked.of(declared, NOBODYS), {"Authorization": f"Bearer {stranger.token}"})
    assert (status, answer["error"]["code"]) == (403, "session_needed")


@pytest.mark.parametrize("declared", DAEMONS, ids=name_of)
def test_what_daemons_ask_is_answered_to_no_person(
    stack: Stack, stranger: Customer, browser: Browser, declared: Operation
) -> None:
    asked = Asked.of(declared, NOBODYS)
    ours = stack.services.self_hosted.register(stranger.account_id, f"lab-{next(_numbers)}")
    stack.services.self_hosted.delete(stranger.account_id, ours.server.machine_id)
    unsigned = ours.token.rpartition(".")[0] + "."
    cookie = f"__Host-session={browser.cookies['__Host-session']}"
    callers = {
        "nobody": ({}, "token_missing"),
        "an API token": ({"Authorization": f"Bearer {stranger.token}"}, "daemon_token_unknown"),
        "a session": ({**OUR_PAGES, "Cookie": cookie}, "token_missing"),
        "a deleted server": ({"Authorization": f"Bearer {ours.token}"}, "daemon_token_revoked"),
        "no signature": ({"Authorization": f"Bearer {unsigned}"}, "daemon_token_unknown"),
    }
    for who, (headers, code) in callers.items():
        status, answer = send(stack, asked, headers)
        assert (status, answer["error"]["code"]) == (401, code), who


@pytest.fixture(scope="module")
def anothers(stack: Stack) -> dict[str, str]:
    """Ids of everything that another account has."""
    owner = Browser(stack, "owner@example.com").arrive()
    session_id = owner.get("/api/v1/sessions")["items"][0]["id"]
    customer = stack.open("rich@example.com", "1000.00")
    key_id = customer.add_key(_KEY)
    made = {
        "sess": session_id,
        "key": key_id,
        "tokn": customer.new_token()[0],
        "rent": customer.online("theirs"),
        "self": str(customer.post("/api/v1/self-hosted", {"name": "theirs"})["server"]["id"]),
        "srvc": str(customer.post("/api/v1/services", {"code": "qlip-license"})["id"]),
    }
    assert set(made) == set(ID_KINDS.values()), "a new kind of id has to be made here, too"
    return made


_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHUuKJt0C8GcEZ4CqvFXQxXTMhK5C8jyDGvkJlCwzJ5T owner"


@pytest.mark.parametrize(
    "declared", [one for one in GUARDED if any(f"{{{name}}}" in one.path for name in ID_KINDS)], ids=name_of
)
def test_no_id_of_somebody_else_is_ever_confirmed(
    stack: Stack, stranger: Customer, browser: Browser, anothers: Mapping[str, str], declared: Operation
) -> None:
    headers = {"Authorization": f"Bearer {stranger.token}"}
    if declared.access is Access.IN_PERSON:
        headers = {**OUR_PAGES, "Cookie": f"__Host-session={browser.cookies['__Host-session']}"}
    theirs, nobodys = (send(stack, Asked.of(declared, ids), headers) for ids in (anothers, NOBODYS))
    assert theirs[0] == 404, theirs
    assert json.dumps(theirs) == json.dumps(nobodys)
