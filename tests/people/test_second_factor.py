"""The second factor, as a browser and a phone do it. docs/rules.md, "Accounts"."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest

from chalicelib.accounts.second_factor import STEP_SECONDS
from tests.people.browser import PASSWORD, Browser
from tests.people.test_recovery import ANOTHER, forget, reset

BEGIN = "/api/v1/second-factor"
CONFIRM = BEGIN + "/confirm"
RENEW = BEGIN + "/recovery-codes"
OFF = BEGIN + "/turn-off"


class Phone:
    """An authenticator app. Its clock may be off by some steps."""

    def __init__(self, browser: Browser, secret: str) -> None:
        self._browser, self._totp = browser, pyotp.TOTP(secret)

    def code(self, off_by: int = 0) -> str:
        return self._totp.at(self._browser.stack.services.clock(), counter_offset=off_by)

    def next_code(self) -> str:
        """A code that nobody has seen: some time passes."""
        self._browser.stack.advance(STEP_SECONDS)
        return self.code()


def enrol(browser: Browser) -> tuple[Phone, Sequence[str]]:
    """Turn it on: the phone, and the recovery codes."""
    begun = browser.post(BEGIN, {"password": PASSWORD})
    phone = Phone(browser, begun["secret"])
    return phone, browser.post(CONFIRM, {"code": phone.code()})["recovery_codes"]


def log_in(browser: Browser, code: str | None = None, password: str = PASSWORD) -> tuple[int, str]:
    """Status and code of a refused log-in, or 201 and nothing."""
    body = {"email": browser.email, "password": password} | ({} if code is None else {"code": code})
    status, answer = browser.send("POST", "/api/v1/sessions", body)
    return status, "" if status == 201 else answer["error"]["code"]


def test_with_a_second_factor_a_log_in_takes_a_code_too(browser: Browser) -> None:
    phone, _ = enrol(browser.arrive())
    assert len(browser.mails("Your second factor is on")) == 1
    stranger = browser.other()
    assert log_in(stranger) == (401, "second_factor_needed")
    assert log_in(stranger, "000000") == (401, "wrong_code")
    assert log_in(stranger, phone.next_code()) == (201, "")
    assert stranger.get("/api/v1/me")["second_factor"]


def test_who_does_not_know_the_password_does_not_learn_that_there_is_a_second_factor(browser: Browser) -> None:
    phone, _ = enrol(browser.arrive())
    stranger = browser.other()
    assert log_in(stranger, password="not the right one") == (401, "wrong_credentials")
    assert log_in(stranger, phone.next_code(), "not the right one") == (401, "wrong_credentials")


def test_the_secret_is_given_as_text_and_as_an_address_for_the_app(browser: Browser) -> None:
    begun = browser.arrive().post(BEGIN, {"password": PASSWORD})
    parts = urlsplit(begun["otpauth_uri"])
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query)["secret"] == [begun["secret"]]
    assert len(begun["secret"]) == 32


def test_it_counts_for_nothing_before_a_code_has_come_back(browser: Browser) -> None:
    browser.arrive()
    assert browser.refused("POST", CONFIRM, {"code": "123456"}) == (409, "second_factor_not_begun")
    begun = browser.post(BEGIN, {"password": PASSWORD})
    assert browser.refused("POST", CONFIRM, {"code": "000000"}) == (403, "wrong_code")
    assert log_in(browser.other()) == (201, "")
    browser.post(CONFIRM, {"code": Phone(browser, begun["secret"]).code()})
    assert log_in(browser.other()) == (401, "second_factor_needed")


def test_beginning_takes_the_password_and_a_verified_address(browser: Browser) -> None:
    browser.sign_up()
    browser.log_in()
    assert browser.refused("POST", BEGIN, {"password": PASSWORD}) == (403, "email_not_verified")
    browser.verify()
    assert browser.refused("POST", BEGIN, {}) == (403, "wrong_password")
    assert browser.refused("POST", BEGIN, {"password": "not the right one"}) == (403, "wrong_password")
    enrol(browser)
    assert browser.refused("POST", BEGIN, {"password": PASSWORD}) == (409, "second_factor_on")


def test_a_phones_clock_may_be_off_by_one_step(browser: Browser) -> None:
    phone, _ = enrol(browser.arrive())
    browser.stack.advance(10 * STEP_SECONDS)
    assert log_in(browser.other(), phone.code(-2)) == (401, "wrong_code")
    assert log_in(browser.other(), phone.code(2)) == (401, "wrong_code")
    assert log_in(browser.other(), phone.code(-1)) == (201, "")
    assert log_in(browser.other(), phone.code(1)) == (201, "")
    assert log_in(browser.other(), phone.code()) == (401, "wrong_code"), "no earlier step than the last one"


def test_a_code_lets_in_once(browser: Browser) -> None:
    phone, _ = enrol(browser.arrive())
    assert log_in(browser.other(), phone.code()) == (401, "wrong_code"), "this one has turned it on"
    code = phone.next_code()
    assert log_in(browser.other(), f"{code[:3]} {code[3:]}") == (201, "")
    assert log_in(browser.other(), code) == (401, "wrong_code")


def test_of_two_log_ins_at_once_with_one_code_one_passes(browser: Browser) -> None:
    phone, _ = enrol(browser.arrive())
    code = phone.next_code()
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda one: log_in(one, code), [browser.other(), browser.other()]))
    assert sorted(answers) == [(201, ""), (401, "wrong_code")]


def test_a_recovery_code_lets_in_once_and_its_owner_is_told_how_many_are_left(browser: Browser) -> None:
    _, codes = enrol(browser.arrive())
    assert len(set(codes)) == 10
    assert log_in(browser.other(), codes[3]) == (201, "")
    assert log_in(browser.other(), codes[3]) == (401, "wrong_code")
    assert len(browser.mails("A recovery code was used: 9 left")) == 1
    assert log_in(browser.other(), codes[0].upper().replace("-", "").replace("0", "O")) == (201, "")
    assert browser.get("/api/v1/me")["recovery_codes_left"] == 8


def test_codes_that_are_guessed_at_make_one_wait(browser: Browser) -> None:
    """Apart from the password's: whoever knows that one can try five codes, and then one after each growing wait."""
    phone, _ = enrol(browser.arrive())
    for _ in range(5):
        assert browser.refused("POST", OFF, {"password": PASSWORD, "code": "000000"}) == (403, "wrong_code")
    assert browser.refused("POST", OFF, {"password": PASSWORD, "code": "000000"}) == (429, "too_many_requests")
    assert log_in(browser.other(), phone.code()) == (429, "too_many_requests"), "wherever they are asked for"
    assert log_in(browser.other(), phone.next_code()) == (201, "")


def test_new_recovery_codes_replace_those_before(browser: Browser) -> None:
    phone, codes = enrol(browser.arrive())
    assert browser.refused("POST", RENEW, {"password": PASSWORD}) == (403, "second_factor_needed")
    newer = browser.post(RENEW, {"password": PASSWORD, "code": phone.next_code()})["recovery_codes"]
    assert log_in(browser.other(), codes[0]) == (401, "wrong_code")
    assert log_in(browser.other(), newer[0]) == (201, "")
    assert len(browser.mails("New recovery codes were made")) == 1


def test_turning_it_off_takes_the_password_and_a_code(browser: Browser) -> None:
    phone, _ = enrol(browser.arrive())
    assert browser.refused("POST", OFF, {"password": PASSWORD}) == (403, "second_factor_needed")
    assert browser.refused("POST", OFF, {"password": "not the right one", "code": phone.code()})[1] == "wrong_password"
    browser.post(OFF, {"password": PASSWORD, "code": phone.next_code()})
    assert log_in(browser.other()) == (201, "")
    browser.post(OFF, {"password": PASSWORD})
    assert browser.refused("POST", RENEW, {"password": PASSWORD}) == (409, "second_factor_off")
    assert len(browser.mails("Your second factor is off")) == 1


def test_without_the_phone_a_recovery_code_turns_it_off(browser: Browser) -> None:
    _, codes = enrol(browser.arrive())
    browser.post(OFF, {"password": PASSWORD, "code": codes[0]})
    enrol(browser)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/password", {"current_password": PASSWORD, "new_password": ANOTHER}),
        ("/api/v1/email", {"email": "elsewhere@example.com", "password": PASSWORD}),
    ],
)
def test_what_takes_the_password_takes_a_code_too_where_it_is_on(
    browser: Browser, path: str, body: dict[str, str]
) -> None:
    phone, _ = enrol(browser.arrive())
    assert browser.refused("POST", path, body) == (403, "second_factor_needed")
    assert browser.refused("POST", path, {**body, "code": "000000"}) == (403, "wrong_code")
    browser.post(path, {**body, "code": phone.next_code()})


def test_a_new_password_by_e_mail_leaves_the_second_factor_on(browser: Browser) -> None:
    phone, _ = enrol(browser.arrive())
    reset(browser, forget(browser))
    assert log_in(browser.other(), password=ANOTHER) == (401, "second_factor_needed")
    assert log_in(browser.other(), phone.next_code(), ANOTHER) == (201, "")
