"""Closing one's account: when, what is left of it, and what is not. docs/rules.md, "Closing an account"."""

from typing import Any

import boto3
import pytest

from chalicelib.billing.chart import FORFEITED
from chalicelib.billing.reconciliation import Auditor
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Forbidden
from chalicelib.money import USD
from tests.accounts.key_texts import public_text
from tests.people.browser import PASSWORD, Browser
from tests.people.test_cli_login import approve, exchange
from tests.people.test_second_factor import enrol

CLOSE = "/api/v1/me/close"
PROOF = {"password": PASSWORD}


@pytest.fixture
def person(browser: Browser) -> Browser:
    """Somebody who has logged in and chosen the currency."""
    browser.arrive()
    browser.post("/api/v1/me/currency", {"currency": "USD"})
    return browser


def account_of(person: Browser) -> str:
    return str(person.get("/api/v1/me")["account_id"])


def credit(person: Browser, dollars: str) -> None:
    services = person.stack.services
    reference = services.ids.new("adjm", services.clock())
    services.adjustments.adjust(account_of(person), USD.parse(dollars), "Test", reference)


def differences(person: Browser) -> list[Any]:
    return list(Auditor(person.stack.services.books_store).audit().differences)


def everything_stored(person: Browser) -> dict[str, list[dict[str, Any]]]:
    """All items of all tables."""
    dynamodb = boto3.client("dynamodb")
    names = person.stack.world.provisioned.names
    pages = {name: dynamodb.get_paginator("scan").paginate(TableName=names[name]) for name in names if "Table" in name}
    return {name: [item for page in scanned for item in page["Items"]] for name, scanned in pages.items()}


def traces(person: Browser, *texts: str) -> list[tuple[str, dict[str, Any]]]:
    """The items that hold one of the texts, each with its table."""
    stored = everything_stored(person)
    return [(name, item) for name in stored for item in stored[name] if any(text in str(item) for text in texts)]


def rented(person: Browser) -> str:
    """A server that runs."""
    order = {"name": "trainer", "offer_id": "off_g4dn-xlarge_us-east-1"}
    rental_id = str(person.post("/api/v1/rentals", order)["id"])
    person.stack.advance(120)
    return rental_id


# What keeps an account open.


def test_the_password_is_asked_for(person: Browser) -> None:
    assert person.refused("POST", CLOSE, {}) == (403, "wrong_password")
    assert person.refused("POST", CLOSE, {"password": "not mine at all"}) == (403, "wrong_password")
    assert person.get("/api/v1/me")["email"] == person.email


def test_nothing_is_made_ready_before_the_code_of_the_second_factor_was_right(person: Browser) -> None:
    """Keys and servers of one's own go before the decision: a thief with the password alone must not remove them."""
    phone, _ = enrol(person)
    person.post("/api/v1/keys", {"name": "laptop", "public_key": public_text("ed25519")})
    person.post("/api/v1/self-hosted", {"name": "under-the-desk"})
    assert person.refused("POST", CLOSE, {**PROOF, "code": "000000"}) == (403, "wrong_code")
    assert len(person.get("/api/v1/keys")["items"]) == 1
    assert person.get("/api/v1/self-hosted")["items"][0]["status"] == "AWAITING_CONFIGURATION"
    person.post(CLOSE, {**PROOF, "code": phone.next_code()})


def test_a_token_can_not_close_it(person: Browser) -> None:
    token = person.post("/api/v1/tokens", {"description": "CI"})["secret"]
    status, answer = person.stack.call("POST", CLOSE, token, PROOF)
    assert (status, answer["error"]["code"]) == (403, "session_needed")


def test_what_is_live_keeps_it_open_and_is_named(person: Browser) -> None:
    credit(person, "50.00")
    service = person.post("/api/v1/services", {"code": "qlip-license"})
    status, answer = person.send("POST", CLOSE, {**PROOF, "forfeit": "50.000000"})
    assert (status, answer["error"]["code"]) == (409, "account_in_use")
    assert service["title"] in answer["message"]


def test_a_server_keeps_it_open_until_it_is_gone_at_the_provider(person: Browser) -> None:
    credit(person, "50.00")
    person.post("/api/v1/keys", {"name": "laptop", "public_key": public_text("ed25519")})
    rental_id = rented(person)
    assert person.refused("POST", CLOSE, PROOF) == (409, "account_in_use")
    person.post(f"/api/v1/rentals/{rental_id}/terminate")
    left = person.send("POST", CLOSE, PROOF)[1]["message"].split('"')[-2]
    status, answer = person.send("POST", CLOSE, {**PROOF, "forfeit": left})
    assert (status, answer["error"]["code"]) == (409, "account_in_use")
    assert "trainer" in answer["message"]
    person.stack.advance(60)
    assert person.refused("POST", CLOSE, PROOF) == (409, "balance_left")


def test_a_balance_is_given_up_only_by_its_exact_amount(person: Browser) -> None:
    credit(person, "12.50")
    before = everything_stored(person)["AccountsTable"]
    status, answer = person.send("POST", CLOSE, PROOF)
    assert (status, answer["error"]["code"]) == (409, "balance_left")
    assert "$12.50" in answer["message"] and '"12.500000"' in answer["message"]
    for wrong in ("12.499999", "12.500001", "0.000000", "13.000000"):
        assert person.refused("POST", CLOSE, {**PROOF, "forfeit": wrong}) == (409, "forfeit_differs")
    assert everything_stored(person)["AccountsTable"] == before
    person.post(CLOSE, {**PROOF, "forfeit": "12.500000"})


def test_what_is_not_there_can_not_be_given_up(person: Browser) -> None:
    assert person.refused("POST", CLOSE, {**PROOF, "forfeit": "1.000000"}) == (409, "forfeit_differs")


def test_a_balance_below_zero_keeps_it_open(person: Browser) -> None:
    credit(person, "-5.00")
    assert person.refused("POST", CLOSE, PROOF) == (409, "balance_below_zero")
    assert person.refused("POST", CLOSE, {**PROOF, "forfeit": "-5.000000"}) == (409, "balance_below_zero")


def test_money_on_its_way_keeps_it_open(person: Browser) -> None:
    from chalicelib.billing.books import Outcome, State

    services = person.stack.services

    def expect(state: State) -> Outcome[None]:
        draft = state.draft()
        draft.set(money_expected_until=state.moment + DAY)
        return Outcome(None, draft.done())

    services.books.execute(account_of(person), expect)
    assert person.refused("POST", CLOSE, PROOF) == (409, "money_expected")
    person.stack.advance(DAY)
    person.log_in()
    person.post(CLOSE, PROOF)


# What is left.


def test_everything_that_opened_it_opens_nothing(person: Browser) -> None:
    token = person.post("/api/v1/tokens", {"description": "CI"})["secret"]
    command = exchange(person, approve(person))["access_token"]
    code = approve(person)
    elsewhere = person.other()
    elsewhere.log_in()
    cookies = dict(person.cookies)
    person.post(CLOSE, PROOF)
    assert person.cookies == {}
    person.cookies = cookies
    for browser in (person, elsewhere):
        assert browser.refused("GET", "/api/v1/me") == (401, "session_unknown")
    for secret in (token, command):
        assert person.stack.call("GET", "/api/v1/balance", secret)[0] == 401
    assert exchange(person, code)["access_token"] is None
    wrong = {"email": person.email, "password": PASSWORD}
    assert person.refused("POST", "/api/v1/sessions", wrong) == (401, "wrong_credentials")


def test_servers_of_ones_own_end_with_it(person: Browser) -> None:
    account_id = account_of(person)
    registered = person.post("/api/v1/self-hosted", {"name": "under-the-desk"})
    deleted = person.post("/api/v1/self-hosted", {"name": "gone"})["server"]["id"]
    person.send("DELETE", f"/api/v1/self-hosted/{deleted}")
    check = ("POST", "/daemon-api/v1/validate-token", registered["token"])
    assert person.stack.call(*check)[0] == 200
    person.post(CLOSE, PROOF)
    machines = everything_stored(person)["MachinesTable"]
    assert [item for item in machines if item["account_id"]["S"] == account_id] == []
    assert person.stack.call(*check)[0] == 401


def test_the_last_message_goes_to_the_address_it_had(person: Browser) -> None:
    person.post(CLOSE, PROOF)
    (mail,) = person.mails("Your account is closed")
    assert "Ada" not in mail.text


def test_nobody_is_told_anything_afterwards(person: Browser) -> None:
    person.post(CLOSE, PROOF)
    before = len(person.mails())
    person.stack.advance(40 * DAY)
    assert len(person.mails()) == before


def test_the_books_stay_whole_and_what_was_given_up_is_in_them(person: Browser) -> None:
    account_id, services = account_of(person), person.stack.services
    credit(person, "12.50")
    service = person.post("/api/v1/services", {"code": "qlip-license"})
    person.stack.advance(HOUR + 7)
    person.post(f"/api/v1/services/{service['id']}/deactivate")
    left = person.send("POST", CLOSE, PROOF)[1]["message"].split('"')[-2]
    person.post(CLOSE, {**PROOF, "forfeit": left})
    assert differences(person) == []
    account = services.books_store.account(account_id)
    assert (account.ledger, account.unbooked, account.closed_at) == (0, 0, services.clock())
    top_up, used, given_up = services.books_store.journal(account_id)
    assert (top_up.amount, used.facts.cause) == (12_500_000, service["id"])
    assert (given_up.amount, given_up.balance_after) == (-USD.parse(left), 0)
    assert given_up.facts.amount_for(FORFEITED) == USD.parse(left) == 12_500_000 + used.amount
    month = services.history.statement(account_id, "2026-03", 0, 2**40)
    assert [entry.sequence for entry in month.entries] == [1, 2, 3]


def test_nothing_about_it_changes_any_more(person: Browser) -> None:
    account_id, services = account_of(person), person.stack.services
    person.post(CLOSE, PROOF)
    before = services.books_store.account(account_id)
    for late in (
        lambda: services.adjustments.adjust(account_id, 10**6, "Late", "late"),
        lambda: services.limits.set_rental_limit(account_id, 7),
        lambda: services.payables.activate(account_id, "qlip-license"),
    ):
        with pytest.raises(Forbidden) as refused:
            late()
        assert refused.value.code == "account_closed"
    person.stack.advance(40 * DAY)
    services.books.settle(account_id)
    assert services.books_store.account(account_id) == before


def test_the_address_is_free_for_a_new_account(person: Browser) -> None:
    before = person.get("/api/v1/me")
    person.post(CLOSE, PROOF)
    after = person.other().arrive().get("/api/v1/me")
    assert after["email"] == before["email"]
    assert {after["user_id"], after["account_id"]}.isdisjoint({before["user_id"], before["account_id"]})
    assert after["currency"] is None


def test_the_name_and_the_address_are_nowhere_but_in_the_last_message(browser: Browser) -> None:
    """Every table is looked through, after somebody has done all that leaves their name."""
    name, address = "Ada Unmistakable", browser.email
    body = {"email": address, "password": PASSWORD, "name": name}
    browser.post("/api/v1/sign-up", body)
    browser.post("/api/v1/sign-up", body)
    browser.verify()
    browser.log_in()
    browser.post("/api/v1/me/currency", {"currency": "USD"})
    credit(browser, "1.00")
    browser.post("/api/v1/keys", {"name": name, "public_key": public_text("ed25519") + f" {address}"})
    browser.post("/api/v1/keys/generate", {"name": name})
    for description in (name, address):
        token = browser.post("/api/v1/tokens", {"description": description})
        browser.post("/api/v1/tokens", {"description": description})
        browser.post(f"/api/v1/tokens/{token['id']}/disable")
    exchange(browser, approve(browser))
    approve(browser)
    browser.other().post("/api/v1/sign-up", body)
    browser.other().post("/api/v1/password/forgot", {"email": address})
    browser.post("/api/v1/email", {"email": "new-" + address, **PROOF})
    browser.post("/api/v1/self-hosted", {"name": "under-the-desk"})
    browser.stack.advance(0)
    assert len(traces(browser, name, address)) > 15
    browser.post(CLOSE, {**PROOF, "forfeit": "1.000000"})
    browser.stack.advance(0)
    found = traces(browser, name, address)
    assert [(table, item["topic"]["S"]) for table, item in found] == [("NoticesTable", "account_closed")]
    last = found[0][1]
    assert int(last["expires_at"]["N"]) == int(last["created_at"]["N"]) + 30 * DAY


def test_fifty_tokens_and_twenty_sessions_end_at_once(person: Browser) -> None:
    """The most there can be: all of it is one transaction."""
    secrets = [person.post("/api/v1/tokens", {"description": f"n{n}"})["secret"] for n in range(50)]
    others = [person.other() for _ in range(19)]
    for other in others:
        other.address = f"198.51.100.{len(other.cookies)}"
        other.log_in()
    credit(person, "1.00")
    person.post(CLOSE, {**PROOF, "forfeit": "1.000000"})
    assert {other.refused("GET", "/api/v1/me") for other in others} == {(401, "session_unknown")}
    assert {person.stack.call("GET", "/api/v1/balance", secret)[0] for secret in secrets} == {401}
