"""Another e-mail address, as a browser asks for it. docs/rules.md, "Accounts"."""

import pytest

from chalicelib.clock import DAY
from tests.people.browser import PASSWORD, Browser
from tests.people.test_recovery import forget, refused_reset, reset

CONFIRM = "Confirm your new e-mail address"
ASKED = "A change of your e-mail address was asked for"
CHANGED = "Your e-mail address was changed"


@pytest.fixture
def moved(browser: Browser) -> Browser:
    """The same person, reading the mailbox that they want to move to."""
    return Browser(browser.stack, "new-" + browser.email)


def ask(browser: Browser, email: str) -> str:
    return str(browser.post("/api/v1/email", {"email": email, "password": PASSWORD})["message"])


def confirm(browser: Browser, token: str) -> None:
    browser.post("/api/v1/email/confirm", {"token": token})


def refused(browser: Browser, token: str) -> tuple[int, str]:
    return browser.refused("POST", "/api/v1/email/confirm", {"token": token})


def test_an_address_moves_when_the_new_mailbox_says_so_and_both_are_told(browser: Browser, moved: Browser) -> None:
    browser.arrive()
    ask(browser, moved.email)
    (warning,) = browser.mails(ASKED)
    assert moved.email in warning.text
    assert "set a new password" in warning.text
    assert browser.get("/api/v1/me")["email"] == browser.email, "nothing has changed yet"
    confirm(moved, moved.token(CONFIRM))
    assert len(browser.mails(CHANGED)) == len(moved.mails(CHANGED)) == 1
    moved.log_in()
    assert moved.get("/api/v1/me")["email"] == moved.email
    assert moved.get("/api/v1/me")["account_id"] == browser.get("/api/v1/me")["account_id"]
    gone = {"email": browser.email, "password": PASSWORD}
    assert browser.other().refused("POST", "/api/v1/sessions", gone) == (401, "wrong_credentials")


def test_the_address_that_was_left_is_free_for_somebody_else(browser: Browser, moved: Browser) -> None:
    browser.arrive()
    ask(browser, moved.email)
    confirm(moved, moved.token(CONFIRM))
    somebody = browser.other().arrive()
    assert somebody.get("/api/v1/me")["account_id"] != browser.get("/api/v1/me")["account_id"]


def test_it_takes_the_password(browser: Browser, moved: Browser) -> None:
    browser.arrive()
    asked = {"email": moved.email, "password": "not the right one"}
    assert browser.refused("POST", "/api/v1/email", asked) == (403, "wrong_password")
    assert browser.refused("POST", "/api/v1/email", {"email": moved.email}) == (403, "wrong_password")
    assert moved.mails() == []


def test_it_takes_an_address_that_is_verified_and_another(browser: Browser, moved: Browser) -> None:
    browser.sign_up()
    browser.log_in()
    asked = {"email": moved.email, "password": PASSWORD}
    assert browser.refused("POST", "/api/v1/email", asked) == (403, "email_not_verified")
    browser.verify()
    own = {"email": browser.email.upper(), "password": PASSWORD}
    assert browser.refused("POST", "/api/v1/email", own) == (400, "invalid_email")


def test_only_the_newest_link_works_and_for_a_day(browser: Browser, moved: Browser) -> None:
    browser.arrive()
    ask(browser, moved.email)
    older = moved.token(CONFIRM)
    ask(browser, moved.email)
    assert refused(moved, older) == (400, "link_spent")
    newest = moved.token(CONFIRM)
    browser.stack.advance(DAY)
    assert refused(moved, newest) == (400, "link_spent")


def test_using_the_link_again_does_no_harm(browser: Browser, moved: Browser) -> None:
    browser.arrive()
    ask(browser, moved.email)
    token = moved.token(CONFIRM)
    confirm(moved, token)
    confirm(moved, token)
    assert len(browser.mails(CHANGED)) == 1


def test_the_old_mailbox_can_stop_it_by_setting_a_new_password(browser: Browser, moved: Browser) -> None:
    browser.arrive()
    ask(browser, moved.email)
    reset(browser, forget(browser))
    assert refused(moved, moved.token(CONFIRM)) == (400, "link_spent")


def test_a_link_for_a_new_password_does_not_outlive_the_address_that_it_was_sent_to(
    browser: Browser, moved: Browser
) -> None:
    browser.arrive()
    token = forget(browser)
    ask(browser, moved.email)
    confirm(moved, moved.token(CONFIRM))
    assert refused_reset(browser, token) == (400, "link_spent")


def test_an_address_that_is_taken_gets_the_same_answer_and_its_owner_a_letter(browser: Browser, moved: Browser) -> None:
    """Whoever asks sees no difference, not even in their own mailbox or in the list of what they were told."""
    browser.arrive()
    moved.arrive()
    free = Browser(browser.stack, "free-" + browser.email)
    assert ask(browser, free.email) == ask(browser, moved.email)
    assert len(moved.mails("You already have an account")) == 1
    assert moved.mails(CONFIRM) == []
    assert len(browser.mails(ASKED)) == 2
    told = browser.get("/api/v1/notifications")["items"]
    assert [one["topic"] for one in told] == ["email_change_asked", "email_change_asked"]
    assert refused(free, free.token(CONFIRM)) == (400, "link_spent"), "the newest was asked for later"


def test_an_address_that_was_taken_meanwhile_is_told_to_whoever_reads_it(browser: Browser, moved: Browser) -> None:
    browser.arrive()
    ask(browser, moved.email)
    token = moved.token(CONFIRM)
    moved.arrive()
    assert refused(moved, token) == (409, "email_taken")
    assert browser.get("/api/v1/me")["email"] == browser.email
