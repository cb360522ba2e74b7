"""The currency is chosen once, by somebody whose address is verified, before any money. docs/rules.md, "Accounts"."""

import pytest

from chalicelib.errors import Conflict
from tests.accounts.key_texts import public_text
from tests.people.browser import Browser

PATH = "/api/v1/me/currency"
USD = {"currency": "USD"}


def test_it_is_chosen_and_stays(browser: Browser) -> None:
    browser.arrive()
    assert browser.get("/api/v1/balance")["currency"] is None
    assert browser.post(PATH, USD)["currency"] == "USD"
    assert browser.post(PATH, USD)["currency"] == "USD"
    assert browser.get("/api/v1/balance")["currency"] == "USD"


@pytest.mark.parametrize("currency", ["EUR", "ETH", "USDT"])
def test_what_an_account_can_not_be_kept_in_is_refused(browser: Browser, currency: str) -> None:
    browser.arrive()
    assert browser.refused("POST", PATH, {"currency": currency}) == (400, "currency_not_offered")
    assert browser.get("/api/v1/balance")["currency"] is None


def test_it_is_never_changed(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which there are is written down as data: a second one needs no other code."""
    browser.arrive()
    browser.post(PATH, USD)
    assets = {"USD": "a dollar", "EUR": "another"}
    monkeypatch.setattr("chalicelib.billing.currency.ASSETS", assets)
    assert browser.refused("POST", PATH, {"currency": "EUR"}) == (409, "currency_chosen")
    assert browser.get("/api/v1/balance")["currency"] == "USD"


def test_an_address_is_verified_first(browser: Browser) -> None:
    browser.sign_up()
    browser.log_in()
    assert browser.refused("POST", PATH, USD) == (403, "email_not_verified")
    browser.verify()
    browser.post(PATH, USD)


def test_a_token_can_not_choose_it(browser: Browser) -> None:
    token = browser.arrive().post("/api/v1/tokens", {"description": "CI"})["secret"]
    status, answer = browser.stack.call("POST", PATH, token, USD)
    assert (status, answer["error"]["code"]) == (403, "session_needed")


def test_before_it_no_money_is_taken_and_nothing_rented(browser: Browser) -> None:
    account_id = browser.arrive().log_in()["account_id"]
    browser.post("/api/v1/keys", {"name": "laptop", "public_key": public_text("ed25519")})
    order = {"name": "trainer", "offer_id": "off_g4dn-xlarge_us-east-1"}
    assert browser.refused("POST", "/api/v1/rentals", order) == (409, "currency_not_chosen")
    adjust = browser.stack.services.adjustments.adjust
    with pytest.raises(Conflict) as refused:
        adjust(account_id, 10**6, "Test", "first")
    assert refused.value.code == "currency_not_chosen"
    browser.post(PATH, USD)
    adjust(account_id, 10**6, "Test", "first")
    assert browser.get("/api/v1/balance")["balance"] == "1.000000"
