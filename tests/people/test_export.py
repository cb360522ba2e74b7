"""All that is kept about somebody, as they can take it along. docs/rules.md, "Accounts"."""

from typing import Any

import pytest

from tests.accounts.key_texts import public_text
from tests.people.browser import Browser
from tests.people.test_closing import credit

EXPORT = "/api/v1/me/export"


@pytest.fixture
def person(browser: Browser) -> Browser:
    """Somebody with a little of everything."""
    browser.arrive()
    browser.post("/api/v1/me/currency", {"currency": "USD"})
    credit(browser, "50.00")
    browser.post("/api/v1/keys", {"name": "laptop", "public_key": public_text("ed25519")})
    browser.post("/api/v1/services", {"code": "qlip-license"})
    browser.post("/api/v1/rentals", {"name": "trainer", "offer_id": "off_g4dn-xlarge_us-east-1"})
    return browser


def test_it_has_what_the_lists_have(person: Browser) -> None:
    token = person.post("/api/v1/tokens", {"description": "CI"})
    daemon = person.post("/api/v1/self-hosted", {"name": "under-the-desk"})
    export: dict[str, Any] = person.get(EXPORT)
    assert export["user"] == person.get("/api/v1/me")
    assert export["balance"] == person.get("/api/v1/balance")
    for name in ("tokens", "keys", "sessions", "services", "self-hosted"):
        assert export[name.replace("-", "_")] == person.get(f"/api/v1/{name}")["items"] != []
    for name in ("rentals", "notifications", "transactions"):
        assert export[name] == person.get(f"/api/v1/{name}")
    assert export["rentals"]["items"] and export["transactions"]["items"]
    assert token["secret"] not in str(export) and daemon["token"] not in str(export)


def test_a_long_history_says_where_the_rest_is(person: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        credit(person, "1.00")
    monkeypatch.setattr("chalicelib.api.export.MOST", 3)
    export = person.get(EXPORT)["transactions"]
    rest = person.get(f"/api/v1/transactions?cursor={export['next_cursor']}")
    assert [entry["sequence"] for entry in export["items"] + rest["items"]] == [4, 3, 2, 1]
    assert rest["next_cursor"] is None


def test_nobody_gets_it_with_a_token(person: Browser) -> None:
    token = person.post("/api/v1/tokens", {"description": "CI"})["secret"]
    status, answer = person.stack.call("GET", EXPORT, token)
    assert (status, answer["error"]["code"]) == (403, "session_needed")
