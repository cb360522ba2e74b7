"""Signing up, proving the mailbox, logging in and out, as a browser does it. docs/rules.md, "Accounts"."""

from chalicelib.clock import DAY
from tests.people.browser import PASSWORD, Browser


def test_somebody_signs_up_proves_the_mailbox_and_logs_in(browser: Browser) -> None:
    browser.sign_up()
    browser.verify()
    who = browser.log_in()
    assert who["email"] == browser.email
    assert browser.get("/api/v1/balance")["status"] == "active"
    assert [one["current"] for one in browser.get("/api/v1/sessions")["items"]] == [True]


def test_until_the_mailbox_is_proven_one_may_look_around_and_not_rent(browser: Browser) -> None:
    browser.sign_up()
    browser.log_in()
    browser.get("/api/v1/offers")
    service = {"code": "qlip-license"}
    assert browser.refused("POST", "/api/v1/services", service) == (403, "email_not_verified")
    browser.verify()
    assert browser.refused("POST", "/api/v1/services", service)[1] != "email_not_verified"


def test_a_second_sign_up_of_a_verified_address_only_writes_to_its_owner(browser: Browser) -> None:
    browser.arrive()
    browser.other().sign_up("another good long secret")
    assert browser.mails("You already have an account")
    assert browser.other().refused(
        "POST", "/api/v1/sessions", {"email": browser.email, "password": "another good long secret"}
    ) == (401, "wrong_credentials")


def test_whoever_proves_the_mailbox_gets_the_password_they_chose(browser: Browser) -> None:
    """Somebody who signed up before with this address is logged out, and their password is gone."""
    squatter, owner = browser, browser.other()
    squatter.sign_up("the squatters own secret")
    squatter.log_in("the squatters own secret")
    owner.sign_up()
    owner.verify()
    owner.log_in()
    assert squatter.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    given = {"email": browser.email, "password": "the squatters own secret"}
    assert browser.other().refused("POST", "/api/v1/sessions", given) == (401, "wrong_credentials")


def test_a_link_is_used_once_and_opening_it_again_does_no_harm(browser: Browser) -> None:
    browser.sign_up()
    browser.verify()
    browser.verify()
    browser.log_in()


def test_a_link_works_for_a_day(browser: Browser) -> None:
    browser.sign_up()
    token = browser.token("Confirm")
    browser.stack.advance(DAY)
    assert browser.refused("POST", "/api/v1/email/verify", {"token": token}) == (400, "link_spent")
    browser.log_in()
    browser.post("/api/v1/email/send-link")
    browser.verify()


def test_logging_out_ends_the_session_here_and_there(browser: Browser) -> None:
    browser.arrive()
    cookies = dict(browser.cookies)
    browser.post("/api/v1/sessions/log-out")
    assert browser.cookies == {}
    browser.cookies = cookies
    assert browser.refused("GET", "/api/v1/balance") == (401, "session_unknown")


def test_a_session_ends_after_a_day_without_use_and_after_thirty_in_any_case(browser: Browser) -> None:
    browser.arrive()
    for _ in range(29):
        browser.stack.advance(DAY - 1)
        browser.get("/api/v1/balance")
    idle = browser.other()
    idle.log_in()
    browser.stack.advance(DAY)
    assert idle.refused("GET", "/api/v1/balance") == (401, "session_expired")
    assert browser.refused("GET", "/api/v1/balance") == (401, "session_expired")


def test_one_ends_a_session_or_all_others(browser: Browser) -> None:
    browser.arrive()
    second, third = browser.other(), browser.other()
    session_id = second.log_in()["session"]["id"]
    third.log_in()
    assert browser.send("DELETE", f"/api/v1/sessions/{session_id}")[0] == 200
    assert second.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    assert browser.post("/api/v1/sessions/end-others") == {"ended": 1}
    assert third.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    browser.get("/api/v1/balance")


def test_a_write_with_the_cookie_comes_from_our_own_pages(browser: Browser) -> None:
    browser.arrive()
    path = "/api/v1/sessions/end-others"
    assert browser.refused("POST", path, X_Console=None) == (403, "header_missing")
    assert browser.refused("POST", path, Sec_Fetch_Site="cross-site") == (403, "cross_site")
    assert browser.refused("POST", path, Sec_Fetch_Site=None) == (403, "cross_site")
    assert browser.refused("POST", path, Sec_Fetch_Site=None, Origin="http://evil.example") == (403, "cross_site")
    assert browser.send("POST", path, Sec_Fetch_Site=None, Origin="http://127.0.0.1")[0] == 200


def test_failures_make_one_wait_and_success_forgets_them(browser: Browser) -> None:
    browser.arrive()
    wrong = {"email": browser.email, "password": "not the right one"}
    stranger = browser.other()
    for _ in range(5):
        assert stranger.refused("POST", "/api/v1/sessions", wrong) == (401, "wrong_credentials")
    assert stranger.refused("POST", "/api/v1/sessions", {**wrong, "password": PASSWORD}) == (429, "too_many_requests")
    browser.stack.advance(1)
    stranger.log_in()


def test_passwords_are_judged_only_for_whoever_need_not_wait(browser: Browser) -> None:
    """Telling whether one is easy to guess takes time, too."""
    weak = {"email": browser.email, "password": "password1234"}
    for _ in range(20):
        assert browser.refused("POST", "/api/v1/sign-up", weak) == (400, "weak_password")
    assert browser.refused("POST", "/api/v1/sign-up", weak) == (429, "too_many_requests")
    elsewhere = browser.other()
    elsewhere.address = "198.51.100.7"
    elsewhere.sign_up()
