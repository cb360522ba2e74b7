"""Passwords that are forgotten or changed, as a browser does it. docs/rules.md, "Accounts"."""

import pytest

from chalicelib.accounts.principal import NOWHERE, Principal
from chalicelib.adapters.passwords import Argon2Hasher
from chalicelib.clock import HOUR, MINUTE
from tests.people.browser import PASSWORD, Browser

ANOTHER = "eleven orange elephants"
THIRD = "nine yellow nightingales"
RESET = "Set a new password"


def forget(browser: Browser) -> str:
    """The token of the link that somebody gets who has forgotten their password."""
    browser.post("/api/v1/password/forgot", {"email": browser.email})
    return browser.token(RESET)


def reset(browser: Browser, token: str, password: str = ANOTHER) -> None:
    browser.post("/api/v1/password/reset", {"token": token, "password": password})


def refused_reset(browser: Browser, token: str, password: str = ANOTHER) -> tuple[int, str]:
    return browser.refused("POST", "/api/v1/password/reset", {"token": token, "password": password})


def wrong(browser: Browser, password: str = PASSWORD) -> tuple[int, str]:
    return browser.other().refused("POST", "/api/v1/sessions", {"email": browser.email, "password": password})


def test_a_forgotten_password_is_set_anew_by_e_mail_and_everybody_is_logged_out(browser: Browser) -> None:
    browser.arrive()
    stranger = browser.other()
    reset(stranger, forget(stranger))
    assert stranger.cookies == {}, "nobody is logged in by a link"
    assert browser.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    assert wrong(browser) == (401, "wrong_credentials")
    browser.log_in(ANOTHER)
    assert len(browser.mails("Your password was changed")) == 1


def test_a_link_for_a_new_password_works_once_for_an_hour_and_only_the_newest(browser: Browser) -> None:
    browser.arrive()
    older, newest = forget(browser), forget(browser)
    assert refused_reset(browser, older) == (400, "link_spent")
    reset(browser, newest)
    assert refused_reset(browser, newest, THIRD) == (400, "link_spent")
    late = forget(browser)
    browser.stack.advance(HOUR)
    assert refused_reset(browser, late, THIRD) == (400, "link_spent")
    browser.log_in(ANOTHER)


def test_a_spent_link_costs_no_hashing(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else one link would let anybody have passwords hashed for as long as it lasts."""
    browser.arrive()
    older, newest = forget(browser), forget(browser)
    reset(browser, newest)

    def hashed(self: Argon2Hasher, password: str) -> str:
        raise AssertionError("a password was hashed for nothing")

    monkeypatch.setattr(Argon2Hasher, "hash", hashed)
    assert refused_reset(browser, older, THIRD) == (400, "link_spent")
    assert refused_reset(browser, newest, THIRD) == (400, "link_spent")


def test_a_weak_password_does_not_use_up_the_link(browser: Browser) -> None:
    browser.arrive()
    token = forget(browser)
    assert refused_reset(browser, token, "password1234") == (400, "weak_password")
    assert refused_reset(browser, token, browser.email) == (400, "weak_password")
    reset(browser, token)


def test_a_link_for_a_new_password_proves_the_mailbox_too(browser: Browser) -> None:
    browser.sign_up()
    reset(browser, forget(browser))
    browser.log_in(ANOTHER)
    assert browser.get("/api/v1/me")["email_verified"]
    service = {"code": "qlip-license"}
    assert browser.refused("POST", "/api/v1/services", service)[1] != "email_not_verified"


def test_somebody_without_a_password_can_set_a_first_one_by_e_mail(browser: Browser) -> None:
    """As after coming by Google alone, or after the operator opened the account."""
    browser.stack.open(browser.email)
    reset(browser, forget(browser))
    browser.log_in(ANOTHER)
    assert browser.get("/api/v1/me")["has_password"]


def test_a_new_password_by_e_mail_works_while_log_ins_have_to_wait(browser: Browser) -> None:
    browser.arrive()
    for _ in range(5):
        assert wrong(browser, "not the right one") == (401, "wrong_credentials")
    assert wrong(browser) == (429, "too_many_requests")
    reset(browser, forget(browser))
    browser.log_in(ANOTHER)


def test_whoever_asks_again_and_again_has_to_wait(browser: Browser) -> None:
    browser.arrive()
    asked = {"email": browser.email}
    for _ in range(3):
        browser.post("/api/v1/password/forgot", asked)
    assert browser.refused("POST", "/api/v1/password/forgot", asked) == (429, "too_many_requests")
    browser.stack.advance(60)
    browser.post("/api/v1/password/forgot", asked)
    assert browser.refused("POST", "/api/v1/password/forgot", asked) == (429, "too_many_requests")


def test_an_unknown_address_gets_the_same_answer_and_the_same_wait(browser: Browser) -> None:
    asked = {"email": browser.email}
    known = browser.other()
    known.email = "known-" + browser.email
    known.arrive()
    answers = [(one.send("POST", "/api/v1/password/forgot", {"email": one.email})) for one in (browser, known)]
    assert answers[0] == answers[1]
    for _ in range(2):
        browser.post("/api/v1/password/forgot", asked)
    assert browser.refused("POST", "/api/v1/password/forgot", asked) == (429, "too_many_requests")
    assert browser.mails() == []


# A change in a session.


def change(browser: Browser, **given: str) -> tuple[int, str]:
    return browser.refused("POST", "/api/v1/password", {"new_password": ANOTHER, **given})


def test_a_copy_of_the_session_that_changes_the_password_ends_too(browser: Browser) -> None:
    """Somebody may change it because they fear that there is one."""
    copy = browser.arrive().other()
    copy.cookies = dict(browser.cookies)
    browser.post("/api/v1/password", {"current_password": PASSWORD, "new_password": ANOTHER})
    assert copy.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    (current,) = browser.get("/api/v1/sessions")["items"]
    assert current["current"]


def test_a_change_of_password_asks_for_the_present_one_and_ends_all_other_sessions(browser: Browser) -> None:
    browser.arrive()
    other = browser.other()
    other.log_in()
    assert change(browser) == (403, "wrong_password")
    assert change(browser, current_password="not the right one") == (403, "wrong_password")
    assert change(browser, current_password=PASSWORD, new_password="password1234") == (400, "weak_password")
    browser.post("/api/v1/password", {"current_password": PASSWORD, "new_password": ANOTHER})
    browser.get("/api/v1/balance")
    assert other.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    other.log_in(ANOTHER)
    assert len(browser.mails("Your password was changed")) == 1


def test_a_present_password_that_is_guessed_at_makes_one_wait(browser: Browser) -> None:
    browser.arrive()
    for _ in range(5):
        assert change(browser, current_password="not the right one") == (403, "wrong_password")
    assert change(browser, current_password=PASSWORD) == (429, "too_many_requests")
    browser.stack.advance(1)
    browser.post("/api/v1/password", {"current_password": PASSWORD, "new_password": ANOTHER})


def test_a_change_of_password_spends_the_links_that_were_asked_for_before(browser: Browser) -> None:
    browser.arrive()
    token = forget(browser)
    browser.post("/api/v1/password", {"current_password": PASSWORD, "new_password": ANOTHER})
    assert refused_reset(browser, token, THIRD) == (400, "link_spent")


def logged_in_without_a_password(browser: Browser) -> Browser:
    """Somebody who has just come by Google, and has no password."""
    services = browser.stack.services
    customer = browser.stack.open(browser.email)
    who = Principal(customer.user_id, customer.account_id, browser.email)
    begun = services.sessions.begin(who, NOWHERE, services.clock())
    services.decisions.commit(begun.writes)
    browser.cookies["__Host-session"] = begun.secret
    return browser


def test_who_has_no_password_sets_a_first_one_within_ten_minutes_of_logging_in(browser: Browser) -> None:
    logged_in_without_a_password(browser)
    assert not browser.get("/api/v1/me")["has_password"]
    assert change(browser, current_password=PASSWORD) == (403, "wrong_password")
    browser.stack.advance(10 * MINUTE - 1)
    browser.post("/api/v1/password", {"new_password": ANOTHER})
    browser.other().log_in(ANOTHER)


def test_later_they_have_to_log_in_again(browser: Browser) -> None:
    logged_in_without_a_password(browser)
    browser.stack.advance(10 * MINUTE)
    assert change(browser) == (403, "log_in_again")
    asked = {"email": "new-" + browser.email}
    assert browser.refused("POST", "/api/v1/email", asked) == (403, "log_in_again")


def test_an_api_token_can_not_change_the_password(browser: Browser) -> None:
    customer = browser.stack.open(browser.email)
    body = {"new_password": ANOTHER}
    status, answer = browser.stack.call("POST", "/api/v1/password", customer.token, body)
    assert (status, answer["error"]["code"]) == (403, "session_needed")
