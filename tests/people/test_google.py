"""Signing in with Google, played by an OpenID provider on this machine. docs/rules.md, "Accounts"."""

from itertools import count
from typing import Any

import pytest

from chalicelib.accounts.identity_provider import ROUND_SECONDS
from tests.people.at_google import at_google
from tests.people.browser import PASSWORD, Browser
from tests.people.test_recovery import ANOTHER, forget, reset
from tests.people.test_second_factor import OFF, enrol

UNLINK = "/api/v1/google/unlink"
_subjects = count(1)


class Person:
    """Somebody with a Google account, at a browser."""

    def __init__(self, browser: Browser, **claims: object) -> None:
        self.browser = browser
        self.subject = f"subject{next(_subjects)}"
        self.claims = {"email": browser.email, "email_verified": True, "name": "Ada", "hd": "example.com", **claims}

    def back(self, **claims: object) -> dict[str, str]:
        """From here to Google and back."""
        address = self.browser.post("/api/v1/google/begin")["address"]
        return at_google(address, self.subject, **{**self.claims, **claims})

    def sign_in(self) -> Any:
        return self.browser.post("/api/v1/google/sign-in", self.back())

    def refused(self, back: dict[str, str]) -> tuple[int, str]:
        return self.browser.refused("POST", "/api/v1/google/sign-in", back)


@pytest.fixture
def person(browser: Browser) -> Person:
    return Person(browser)


def test_the_first_time_opens_an_account_with_a_proven_address(person: Person) -> None:
    first = person.sign_in()
    assert first["email"] == person.browser.email
    assert person.browser.refused("POST", "/api/v1/services", {"code": "qlip-license"})[1] == "currency_not_chosen"
    person.browser = person.browser.other()
    assert person.sign_in()["account_id"] == first["account_id"]


def test_a_person_is_known_by_issuer_and_subject_whatever_the_address(person: Person) -> None:
    first = person.sign_in()
    person.claims["email"] = "moved-" + person.browser.email
    assert person.sign_in()["account_id"] == first["account_id"]
    assert person.sign_in()["email"] == person.browser.email


def test_another_subject_with_the_same_address_is_somebody_else(person: Person) -> None:
    person.sign_in()
    other = Person(person.browser.other(), email=person.browser.email)
    assert other.refused(other.back()) == (409, "link_needed")


def test_an_account_that_nobody_has_proven_loses_its_credentials_to_the_owner_of_the_mailbox(person: Person) -> None:
    """Pre-hijacking: somebody signs up with another's address and waits for its owner."""
    squatter = person.browser.other()
    squatter.sign_up("the squatters own secret")
    squatter.log_in("the squatters own secret")
    unused = squatter.token("Confirm your e-mail address")
    person.sign_in()
    assert person.browser.mails("An older password of your account was removed")
    assert squatter.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    given = {"email": squatter.email, "password": "the squatters own secret"}
    assert squatter.other().refused("POST", "/api/v1/sessions", given) == (401, "wrong_credentials")
    squatter.post("/api/v1/email/verify", {"token": unused})
    assert squatter.other().refused("POST", "/api/v1/sessions", given) == (401, "wrong_credentials")


def test_who_has_not_proven_the_address_links_no_google_account(person: Person) -> None:
    """Else it would go on letting in whoever signed up with another's address, once its owner has proven it."""
    person.browser.sign_up()
    person.browser.log_in()
    back = {**person.back(), "password": PASSWORD}
    assert person.browser.refused("POST", "/api/v1/google/link", back) == (403, "email_not_verified")
    person.browser.verify()
    person.browser.post("/api/v1/google/link", {**person.back(), "password": PASSWORD})


def test_a_google_account_that_came_before_the_mailbox_was_proven_goes_with_its_owners_sign_up(person: Person) -> None:
    """The other way round: Google's word does not prove the address, and the sign-up of its owner does."""
    person.claims.pop("hd")
    squatted = person.sign_in()["account_id"]
    owner = person.browser.other().arrive()
    assert owner.get("/api/v1/me")["account_id"] == squatted
    assert not owner.get("/api/v1/me")["google_linked"]
    assert person.browser.refused("GET", "/api/v1/balance") == (401, "session_unknown")
    assert person.refused(person.back()) == (409, "link_needed")


def test_and_with_a_new_password_by_e_mail(person: Person) -> None:
    person.claims.pop("hd")
    person.sign_in()
    owner = person.browser.other()
    reset(owner, forget(owner))
    owner.log_in(ANOTHER)
    assert not owner.get("/api/v1/me")["google_linked"]
    assert person.refused(person.back()) == (409, "link_needed")


def test_who_came_by_google_and_proves_the_address_goes_on_coming_by_google(person: Person) -> None:
    person.claims.pop("hd")
    first = person.sign_in()
    person.browser.post("/api/v1/email/send-link")
    person.browser.verify()
    assert person.sign_in()["account_id"] == first["account_id"]


def test_a_new_password_by_e_mail_leaves_the_google_account_of_a_proven_address(person: Person) -> None:
    person.sign_in()
    reset(person.browser, forget(person.browser))
    person.sign_in()


def test_unlinking_what_is_not_linked_forgives_no_wrong_code(person: Person) -> None:
    """Nothing was to be done, so no code was looked at."""
    phone, _ = enrol(person.browser.arrive())
    wrong = {"password": PASSWORD, "code": "000000"}
    for _ in range(4):
        assert person.browser.refused("POST", OFF, wrong) == (403, "wrong_code")
    person.browser.post(UNLINK, wrong)
    assert person.browser.refused("POST", OFF, wrong) == (429, "too_many_requests")
    person.browser.post(OFF, {"password": PASSWORD, "code": phone.next_code()})


def test_nor_does_linking_again(person: Person) -> None:
    person.browser.arrive()
    person.browser.post("/api/v1/google/link", {**person.back(), "password": PASSWORD})
    enrol(person.browser)
    wrong = {"password": PASSWORD, "code": "000000"}
    for _ in range(4):
        assert person.browser.refused("POST", OFF, wrong) == (403, "wrong_code")
    again = {**person.back(), "password": PASSWORD, "code_of_second_factor": "000000"}
    person.browser.post("/api/v1/google/link", again)
    assert person.browser.refused("POST", OFF, wrong) == (429, "too_many_requests")


def test_a_proven_account_is_never_joined_without_its_password(person: Person) -> None:
    person.browser.arrive()
    stranger = Person(person.browser.other(), email=person.browser.email)
    assert stranger.refused(stranger.back()) == (409, "link_needed")


def test_its_owner_links_google_with_the_password_and_unlinks_it(person: Person) -> None:
    person.browser.arrive()
    back = person.back()
    wrong = person.browser.refused("POST", "/api/v1/google/link", {**back, "password": "not mine at all"})
    assert wrong == (403, "wrong_password")
    person.browser.post("/api/v1/google/link", {**back, "password": PASSWORD})
    assert person.browser.mails("Google can log you in")
    other = Person(person.browser.other())
    other.subject = person.subject
    other.sign_in()
    person.browser.post(UNLINK, {"password": PASSWORD})
    assert other.refused(other.back()) == (409, "link_needed")


def test_a_google_account_logs_in_one_person_alone(person: Person) -> None:
    person.sign_in()
    somebody = Person(Browser(person.browser.stack, "else-" + person.browser.email).arrive())
    somebody.subject = person.subject
    back = {**somebody.back(), "password": PASSWORD}
    assert somebody.browser.refused("POST", "/api/v1/google/link", back) == (409, "google_taken")


def test_an_address_that_google_does_not_keep_is_not_proven_by_its_word(person: Person) -> None:
    person.claims.pop("hd")
    person.sign_in()
    refused = person.browser.refused("POST", "/api/v1/services", {"code": "qlip-license"})
    assert refused == (403, "email_not_verified")


def test_nor_one_of_another_domain_than_google_names(person: Person) -> None:
    """An organisation's own Google keeps its own mailboxes and no others."""
    person.claims["hd"] = "example.org"
    person.browser.sign_up()
    assert person.refused(person.back()) == (409, "link_needed")


def test_nor_does_it_take_over_an_account(person: Person) -> None:
    person.claims.pop("hd")
    person.browser.sign_up()
    assert person.refused(person.back()) == (409, "link_needed")
    person.browser.log_in()


def test_an_unproven_address_at_google_takes_over_nothing(person: Person) -> None:
    person.claims["email_verified"] = False
    person.browser.sign_up()
    assert person.refused(person.back()) == (409, "link_needed")


def test_only_the_browser_that_began_can_finish(person: Person) -> None:
    back = person.back()
    person.browser.cookies.clear()
    assert person.refused(back) == (400, "sign_in_spent")
    person.back()
    assert person.refused(back) == (400, "sign_in_spent")


def test_one_place_asks_google_only_so_often(person: Person) -> None:
    """What comes back is ours to ask Google about: whoever makes it up must not make us ask without end."""
    back = {**person.back(), "code": "forged"}
    for _ in range(30):
        assert person.refused(back) == (400, "google_refused")
    assert person.refused(back) == (429, "too_many_requests")
    person.browser.stack.advance(1)
    person.sign_in()


def test_a_sign_in_takes_ten_minutes_at_most(person: Person) -> None:
    back = person.back()
    person.browser.stack.advance(ROUND_SECONDS)
    assert person.refused(back) == (400, "sign_in_spent")


def test_a_code_is_used_once_and_a_forged_one_never(person: Person) -> None:
    back = person.back()
    assert person.refused({**back, "code": "forged"}) == (400, "google_refused")
    cookies = dict(person.browser.cookies)
    person.browser.post("/api/v1/google/sign-in", back)
    person.browser.cookies = cookies
    assert person.refused(back) == (400, "google_refused")


def test_the_code_of_another_round_has_another_nonce(person: Person) -> None:
    """Somebody brings a victim's browser the code of their own Google account."""
    attacker = Person(person.browser.other())
    theirs, back = attacker.back(), person.back()
    assert person.refused({**back, "code": theirs["code"]}) == (400, "google_refused")
