"""Keys and tokens belong to their account: they are listed, made once, and taken away."""

from typing import Any

import pytest

from chalicelib.accounts.tokens import LONGEST_LIFE
from tests.accounts.key_texts import private_text
from tests.api.counter import PUBLIC_KEY, Counter
from tests.api.validated import Client

KEYS, TOKENS = "/api/v1/keys", "/api/v1/tokens"


def test_a_key_is_added_listed_and_deleted(client: Client) -> None:
    added = client.post(KEYS, {"name": "laptop", "public_key": PUBLIC_KEY})
    assert added.status == 201
    assert added.json["public_key"] == PUBLIC_KEY.removesuffix(" ada@laptop")
    assert (added.json["comment"], added.json["type"], added.json["used_by"]) == ("ada@laptop", "ssh-ed25519", [])
    assert client.get(KEYS).json["items"] == [added.json]
    assert client.delete(f"{KEYS}/{added.json['id']}").json == {"id": added.json["id"]}
    assert client.get(KEYS).json["items"] == []
    assert client.delete(f"{KEYS}/{added.json['id']}").status == 404


def test_a_key_names_the_live_rentals_that_were_given_it(counter: Counter) -> None:
    counter.ready()
    first, second = counter.rent("one"), counter.rent("two")
    counter.client.post(f"/api/v1/rentals/{second['id']}/terminate")
    (key,) = counter.client.get(KEYS).json["items"]
    assert key["used_by"] == [first["id"]]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"public_key": PUBLIC_KEY + "\n" + PUBLIC_KEY}, "public_key", "invalid_ssh_key"),
        ({"public_key": 'command="sh" ' + PUBLIC_KEY}, "public_key", "invalid_ssh_key"),
        ({"public_key": PUBLIC_KEY[:40]}, "public_key", "invalid_ssh_key"),
        ({"public_key": "hello"}, "public_key", "invalid_ssh_key"),
        ({"name": "[bold]"}, "name", "invalid_name"),
        ({"name": "a\x07b"}, "name", "invalid_name"),
        ({"name": "   "}, "name", "invalid_name"),
    ],
)
def test_a_bad_key_is_refused_with_the_reason(counter: Counter, body: dict[str, str], field: str, code: str) -> None:
    before = counter.everything()
    answer = counter.client.post(KEYS, {"name": "laptop", "public_key": PUBLIC_KEY, **body})
    assert (answer.status, answer.field, answer.code) == (400, field, code)
    assert counter.everything() == before


def test_a_private_key_is_refused_and_never_repeated(counter: Counter, capsys: pytest.CaptureFixture[str]) -> None:
    secret = private_text("ed25519")
    answer = counter.client.post(KEYS, {"name": "laptop", "public_key": secret})
    assert (answer.status, answer.code) == (400, "private_key")
    body = secret.splitlines()[2]
    assert body not in answer.text and body not in str(counter.everything()) and body not in capsys.readouterr().out


def test_a_key_is_on_an_account_once(client: Client) -> None:
    client.post(KEYS, {"name": "laptop", "public_key": PUBLIC_KEY})
    again = client.post(KEYS, {"name": "other", "public_key": PUBLIC_KEY})
    assert (again.status, again.code) == (409, "duplicate_key")


def test_the_secret_of_a_token_is_shown_once(counter: Counter) -> None:
    made = counter.client.post(TOKENS, {"description": "CI", "expires_at": "2026-06-01"})
    assert made.status == 201
    assert made.json["secret"].startswith(made.json["prefix"])
    assert (made.json["state"], made.json["expires_at"]) == ("active", "2026-06-01T00:00:00Z")
    listed = counter.client.get(TOKENS)
    assert made.json["secret"] not in listed.text
    assert [token["description"] for token in listed.json["items"]] == ["CI", "Test"]
    assert counter.client.as_caller(made.json["secret"]).get("/api/v1/balance").status == 200


def test_a_disabled_token_stays_listed_and_opens_nothing(counter: Counter) -> None:
    made = counter.client.post(TOKENS, {"description": "CI"}).json
    disabled = counter.client.post(f"{TOKENS}/{made['id']}/disable").json
    assert (disabled["state"], disabled["disabled_at"]) == ("disabled", "2025-12-31T12:00:00Z")
    assert counter.client.post(f"{TOKENS}/{made['id']}/disable").json == disabled
    assert disabled in counter.client.get(TOKENS).json["items"]
    assert counter.client.as_caller(made["secret"]).get("/api/v1/balance").status == 401


def test_an_expired_token_stays_listed(counter: Counter) -> None:
    counter.client.post(TOKENS, {"description": "CI", "expires_at": "2026-01-01"})
    counter.wait(days=1)
    states = {token["description"]: token["state"] for token in counter.client.get(TOKENS).json["items"]}
    assert states == {"CI": "expired", "Test": "active"}


@pytest.mark.parametrize(
    "expires_at", ["2025-12-31T12:00:00Z", "1969-01-01", "2020-01-01", "2999-01-01", "soon", "", "2026-02-30"]
)
def test_an_expiry_is_a_moment_to_come(counter: Counter, expires_at: str) -> None:
    before = counter.everything()
    answer = counter.client.post(TOKENS, {"description": "CI", "expires_at": expires_at})
    assert (answer.status, answer.field) == (400, "expires_at")
    assert counter.everything() == before
    assert LONGEST_LIFE < 973 * 365 * 86_400


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", f"{KEYS}/{{key}}"), ("POST", f"{TOKENS}/{{token}}/disable")],
)
def test_what_belongs_to_somebody_else_is_not_found(counter: Counter, method: str, path: str) -> None:
    mine: dict[str, Any] = {"key": counter.add_key(), "token": counter.client.get(TOKENS).json["items"][0]["id"]}
    stranger = counter.stranger()
    before = counter.everything()
    answer = stranger.send(method, path.format(**mine), b"", {})
    unknown = stranger.send(method, path.format(key="key_" + "0" * 20, token="tokn_" + "0" * 20), b"", {})
    assert (answer.status, answer.code) == (unknown.status, unknown.code) == (404, "not_found")
    assert counter.everything() == before
