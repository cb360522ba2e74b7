"""Who somebody is, and what an address that is not verified is for. docs/rules.md, "Accounts"."""

import pytest

from tests.api.counter import PUBLIC_KEY
from tests.people.browser import Browser


def test_one_sees_who_one_is(browser: Browser) -> None:
    browser.sign_up()
    who = browser.log_in()
    assert browser.get("/api/v1/me") == {
        "user_id": who["user_id"], "account_id": who["account_id"], "email": browser.email, "email_verified": False,
        "name": "Ada", "currency": None, "status": "active", "second_factor": False, "recovery_codes_left": 0,
        "has_password": True, "google_linked": False,
    }  # fmt: skip


def test_one_changes_ones_name_and_is_greeted_by_it(browser: Browser) -> None:
    browser.arrive()
    assert browser.post("/api/v1/me", {"name": " Ada Lovelace "})["name"] == "Ada Lovelace"
    assert browser.get("/api/v1/me")["name"] == "Ada Lovelace"
    assert browser.refused("POST", "/api/v1/me", {"name": "<b>Ada</b>"}) == (400, "invalid_name")


def test_a_program_sees_whose_token_it_has_and_can_not_change_them(browser: Browser) -> None:
    customer = browser.stack.open(browser.email)
    status, me = browser.stack.call("GET", "/api/v1/me", customer.token)
    assert (status, me["email"], me["currency"]) == (200, browser.email, "USD")
    status, answer = browser.stack.call("POST", "/api/v1/me", customer.token, {"name": "Eve"})
    assert (status, answer["error"]["code"]) == (403, "session_needed")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/keys", {"name": "laptop", "public_key": PUBLIC_KEY}),
        ("/api/v1/keys", {"name": "laptop", "public_key": "no key at all"}),
        ("/api/v1/tokens", {"description": "Laptop"}),
        ("/api/v1/rentals", {"name": "box", "offer_id": "off_g4dn-xlarge_us-east-1"}),
        ("/api/v1/rentals", {"name": "box", "offer_id": "off_none"}),
        ("/api/v1/services", {"code": "qlip-license"}),
    ],
)
def test_until_the_address_is_verified_that_is_the_first_thing_to_be_told(
    browser: Browser, path: str, body: dict[str, str]
) -> None:
    """Before a missing key, a currency that is not chosen, or a text that is no key."""
    browser.sign_up()
    browser.log_in()
    assert browser.refused("POST", path, body) == (403, "email_not_verified")


@pytest.mark.parametrize(
    "path",
    ["offers", "keys", "tokens", "rentals", "services", "balance", "usage", "transactions", "notifications", "me"],
)
def test_until_the_address_is_verified_one_may_look_around(browser: Browser, path: str) -> None:
    browser.sign_up()
    browser.log_in()
    browser.get(f"/api/v1/{path}")


def test_a_quote_says_first_that_the_address_is_not_verified(browser: Browser) -> None:
    browser.sign_up()
    browser.log_in()
    quote = browser.post("/api/v1/quote", {"offer_id": "off_g4dn-xlarge_us-east-1"})
    assert quote["refusal"]["code"] == "email_not_verified"
