"""What the log-in of the command line is proof against: other clients, other addresses, codes seen by others."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from chalicelib.accounts.cli_login import CODE_SECONDS, TOKEN_SECONDS
from tests.people.browser import Browser

VERIFIER = "v" * 86
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT = "http://localhost:40123/thestageai-oauth-code"
ASKED = {
    "response_type": "code",
    "client_id": "THESTAGE_CLI",
    "redirect_uri": REDIRECT,
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "abcdefghijklmnopqrstuv",
}
EXCHANGE = "/user-api/v1/oauth/pkce/exchange-authorization-code"
PROOF = {
    "grant_type": "authorization_code",
    "client_id": "THESTAGE_CLI",
    "redirect_uri": REDIRECT,
    "code_verifier": VERIFIER,
}


@pytest.fixture
def person(browser: Browser) -> Browser:
    """Somebody who has logged in."""
    return browser.arrive()


def approve(person: Browser, **changed: str) -> str:
    """The code that the command gets."""
    target = person.post("/api/v1/cli-login", {**ASKED, **changed, "approve": True})["redirect_to"]
    return parse_qs(urlsplit(target).query)["code"][0]


def exchange(person: Browser, code: str, **changed: str) -> Any:
    """What the command is answered: always a 200, as it shows no other message."""
    status, answer = person.stack.call("POST", EXCHANGE, "", {**PROOF, "code": code, **changed})
    assert status == 200
    return answer


def works(person: Browser, token: str) -> bool:
    return person.stack.call("GET", "/api/v1/balance", token)[0] == 200


def test_the_code_comes_back_to_the_command_with_its_state(person: Browser) -> None:
    target = person.post("/api/v1/cli-login", {**ASKED, "approve": True})["redirect_to"]
    assert target.startswith(REDIRECT + "?code=tsai_code_")
    assert parse_qs(urlsplit(target).query)["state"] == [ASKED["state"]]


def test_a_refusal_comes_back_with_the_state_too(person: Browser) -> None:
    target = person.post("/api/v1/cli-login", {**ASKED, "approve": False})["redirect_to"]
    assert parse_qs(urlsplit(target).query) == {
        "error": ["access_denied"], "error_description": ["You refused."], "state": [ASKED["state"]],
    }  # fmt: skip


def test_the_token_is_one_like_others_and_expires(person: Browser) -> None:
    token = exchange(person, approve(person))["access_token"]
    assert works(person, token)
    (listed,) = person.get("/api/v1/tokens")["items"]
    person.send("POST", f"/api/v1/tokens/{listed['id']}/disable")
    assert not works(person, token)
    later = exchange(person, approve(person))["access_token"]
    person.stack.advance(TOKEN_SECONDS)
    assert not works(person, later)


def test_a_code_that_comes_twice_ends_the_token_it_gave(person: Browser) -> None:
    code = approve(person)
    token = exchange(person, code)["access_token"]
    again = exchange(person, code)
    assert (again["isSuccess"], again["access_token"]) == (False, None)
    assert not works(person, token)


def test_a_code_lasts_a_minute(person: Browser) -> None:
    code = approve(person)
    person.stack.advance(CODE_SECONDS)
    assert exchange(person, code)["access_token"] is None


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 86},
        {"code_verifier": CHALLENGE},
        {"code_verifier": "v" * 42},
        {"code_verifier": ""},
        {"redirect_uri": REDIRECT.replace("40123", "40124")},
        {"redirect_uri": REDIRECT + "/"},
    ],
    ids=["another", "the challenge", "too short", "none", "another port", "another path"],
)
def test_who_can_not_prove_to_have_asked_gets_nothing_and_the_code_is_burnt(
    person: Browser, changed: dict[str, str]
) -> None:
    code = approve(person)
    assert exchange(person, code, **changed)["access_token"] is None
    assert exchange(person, code)["access_token"] is None


@pytest.mark.parametrize("changed", [{"client_id": "OTHER"}, {"grant_type": "password"}])
def test_another_client_or_grant_type_gets_nothing(person: Browser, changed: dict[str, str]) -> None:
    assert exchange(person, approve(person), **changed)["access_token"] is None


@pytest.mark.parametrize(
    "redirect",
    [
        "http://localhost:40123/thestageai-oauth-code/",
        "http://localhost:40123/thestageai-oauth-code?x=1",
        "http://localhost:40123/thestageai-oauth-code#x",
        "http://localhost:40123/thestageai-oauth-code\n",
        "http://localhost:40123//thestageai-oauth-code",
        "http://localhost:40123/%74hestageai-oauth-code",
        "http://localhost:40123/x/../thestageai-oauth-code",
        "http://localhost:40123/other",
        "https://localhost:40123/thestageai-oauth-code",
        "HTTP://localhost:40123/thestageai-oauth-code",
        "http://localhost/thestageai-oauth-code",
        "http://localhost:0/thestageai-oauth-code",
        "http://localhost:65536/thestageai-oauth-code",
        "http://localhost:40123@evil.example/thestageai-oauth-code",
        "http://evil.example@localhost:40123/thestageai-oauth-code",
        "http://localhost.evil.example:40123/thestageai-oauth-code",
        "http://localhost%2eevil.example:40123/thestageai-oauth-code",
        "http://127.0.0.1.evil.example:40123/thestageai-oauth-code",
        "http://0x7f.1:40123/thestageai-oauth-code",
        "http://[::ffff:127.0.0.1]:40123/thestageai-oauth-code",
        "http://localhost\\@evil.example:40123/thestageai-oauth-code",
        "http://ｌocalhost:40123/thestageai-oauth-code",
        "//localhost:40123/thestageai-oauth-code",
        "javascript:alert(1)//localhost:40123/thestageai-oauth-code",
    ],
)
def test_the_browser_is_sent_nowhere_but_to_the_command(person: Browser, redirect: str) -> None:
    for path, body in (("", {**ASKED, "approve": True}), ("", {**ASKED, "approve": False})):
        refused = person.refused("POST", "/api/v1/cli-login" + path, {**body, "redirect_uri": redirect})
        assert refused == (400, "invalid_redirect_uri")
    query = "&".join(f"{name}={quote(value)}" for name, value in {**ASKED, "redirect_uri": redirect}.items())
    assert person.refused("GET", f"/api/v1/cli-login?{query}") == (400, "invalid_redirect_uri")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"client_id": "THESTAGE_CLI2"}, "invalid_client"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_code_challenge"),
        ({"code_challenge": "short"}, "invalid_code_challenge"),
        ({"state": ""}, "invalid_state"),
    ],
)
def test_what_is_not_in_order_is_refused(person: Browser, changed: dict[str, str], code: str) -> None:
    body = {**ASKED, **changed, "approve": True}
    assert person.refused("POST", "/api/v1/cli-login", body) == (400, code)


def test_only_somebody_who_has_logged_in_and_is_verified_may_approve(browser: Browser) -> None:
    browser.sign_up()
    browser.log_in()
    body = {**ASKED, "approve": True}
    assert browser.refused("POST", "/api/v1/cli-login", body) == (403, "email_not_verified")
    browser.verify()
    token = exchange(browser, approve(browser))["access_token"]
    assert browser.stack.call("POST", "/api/v1/cli-login", token, body)[0] == 403
    assert browser.refused("POST", "/api/v1/cli-login", body, X_Console=None) == (403, "header_missing")
