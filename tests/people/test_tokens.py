"""Tokens of one's own: how each came to be, and that none outlives its maker. docs/rules.md, "Accounts"."""

from typing import Any

import pytest

from chalicelib.clock import DAY, HOUR, iso
from tests.people.browser import Browser
from tests.people.test_cli_login import approve, exchange

TOKENS = "/api/v1/tokens"


@pytest.fixture
def person(browser: Browser) -> Browser:
    """Somebody who has logged in."""
    return browser.arrive()


def in_days(person: Browser, days: int) -> str:
    return iso(person.stack.services.clock() + days * DAY)


def made(person: Browser, description: str = "CI", **more: str) -> Any:
    return person.post(TOKENS, {"description": description, **more})


def by_token(person: Browser, secret: str, **more: str) -> tuple[int, Any]:
    """A token asks for another."""
    return person.stack.call("POST", TOKENS, secret, {"description": "Child", **more})


def works(person: Browser, secret: str) -> bool:
    return person.stack.call("GET", "/api/v1/balance", secret)[0] == 200


def test_one_token_tells_its_history(person: Browser) -> None:
    token = made(person, expires_at=in_days(person, 9))
    assert works(person, token["secret"])
    person.stack.advance(HOUR)
    now = person.stack.services.clock()
    person.post(f"{TOKENS}/{token['id']}/disable")
    person.stack.advance(HOUR)
    seen = person.get(f"{TOKENS}/{token['id']}")
    assert (seen["state"], seen["disabled_at"], seen["ended_at"]) == ("disabled", iso(now), iso(now))
    assert seen["last_used_at"] == iso((now - HOUR) - (now - HOUR) % HOUR)
    assert (seen["made_by"], seen["made_by_token"]) == ("by_hand", None)
    assert seen == person.get(TOKENS)["items"][0]
    assert "secret" not in seen


def test_one_that_has_expired_says_since_when(person: Browser) -> None:
    expires_at = in_days(person, 1)
    token = made(person, expires_at=expires_at)
    assert person.get(f"{TOKENS}/{token['id']}")["ended_at"] is None
    person.stack.advance(DAY)
    person.log_in()
    seen = person.get(f"{TOKENS}/{token['id']}")
    assert (seen["state"], seen["ended_at"], seen["disabled_at"]) == ("expired", expires_at, None)


def test_the_one_of_the_command_line_says_so(person: Browser) -> None:
    exchange(person, approve(person))
    (token,) = person.get(TOKENS)["items"]
    assert (token["made_by"], token["description"]) == ("thestage_login", "thestage login")


def test_one_of_somebody_else_is_not_found(person: Browser) -> None:
    token = made(person)
    stranger = person.stack.open("stranger-of-tokens@example.com")
    status, answer = person.stack.call("GET", f"{TOKENS}/{token['id']}", stranger.token)
    assert (status, answer["error"]["code"]) == (404, "not_found")
    assert person.refused("GET", f"{TOKENS}/tokn_00000000000000000000") == (404, "not_found")


# A token makes tokens.


def test_what_a_token_makes_expires_no_later_than_itself(person: Browser) -> None:
    maker = made(person, expires_at=in_days(person, 3))
    status, answer = by_token(person, maker["secret"], expires_at=in_days(person, 4))
    assert (status, answer["error"]["code"]) == (400, "invalid_expiry")
    for wanted in ({}, {"expires_at": in_days(person, 3)}):
        status, child = by_token(person, maker["secret"], **wanted)
        assert (status, child["expires_at"], child["made_by_token"]) == (201, maker["expires_at"], maker["id"])


def test_what_a_token_has_made_ends_with_it(person: Browser) -> None:
    """A token that got into other hands is disabled, and so is all that those hands made with it."""
    maker = made(person)
    _, child = by_token(person, maker["secret"])
    assert works(person, child["secret"])
    person.post(f"{TOKENS}/{maker['id']}/disable")
    assert not works(person, child["secret"])
    listed = {token["id"]: token for token in person.get(TOKENS)["items"]}
    assert (listed[child["id"]]["state"], listed[child["id"]]["ended_at"]) == (
        "disabled",
        listed[maker["id"]]["ended_at"],
    )
    validity = person.stack.call("POST", "/user-api/v1/validate-token", "", {"userApiToken": child["secret"]})[1]
    assert (validity["isSuccess"], validity["tokenInvalidReason"]) == (False, "the token has been disabled")


def test_what_a_token_has_made_makes_none_itself(person: Browser) -> None:
    _, child = by_token(person, made(person)["secret"])
    status, answer = by_token(person, child["secret"])
    assert (status, answer["error"]["code"]) == (403, "session_needed")


def test_it_can_be_disabled_alone(person: Browser) -> None:
    maker = made(person)
    _, child = by_token(person, maker["secret"])
    person.post(f"{TOKENS}/{child['id']}/disable")
    assert not works(person, child["secret"])
    assert works(person, maker["secret"])
