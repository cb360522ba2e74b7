"""Nobody learns from the outside who has an account: the same answer, the same calls, the same hashing.

docs/rules.md, "Accounts". Time itself is not measured: what takes time is counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from chalicelib.adapters.passwords import Argon2Hasher
from tests.people.browser import PASSWORD, Browser
from tests.policies.recorder import recorded

Do = Callable[[Browser, str], tuple[int, object]]


@dataclass
class Hashing:
    """Calls of the hasher."""

    calls: list[str] = field(default_factory=list)


@pytest.fixture
def hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hashing]:
    """The product's hasher, watched."""
    seen = Hashing()
    for name in ("hash", "verify", "is_outdated"):
        real = getattr(Argon2Hasher, name)

        def watched(self: Argon2Hasher, *given: object, real: Callable[..., object] = real, name: str = name) -> object:
            seen.calls.append(name)
            return real(self, *given)

        monkeypatch.setattr(Argon2Hasher, name, watched)
    yield seen


def sign_up(browser: Browser, email: str) -> tuple[int, object]:
    return browser.send("POST", "/api/v1/sign-up", {"email": email, "password": PASSWORD, "name": "Ada"})


def log_in(browser: Browser, email: str) -> tuple[int, object]:
    return browser.send("POST", "/api/v1/sessions", {"email": email, "password": "not the right one"})


def log_in_with_a_code(browser: Browser, email: str) -> tuple[int, object]:
    body = {"email": email, "password": "not the right one", "code": "123456"}
    return browser.send("POST", "/api/v1/sessions", body)


def forget(browser: Browser, email: str) -> tuple[int, object]:
    return browser.send("POST", "/api/v1/password/forgot", {"email": email})


def move(browser: Browser, email: str) -> tuple[int, object]:
    return browser.send("POST", "/api/v1/email", {"email": email, "password": PASSWORD})


WAYS: tuple[Do, ...] = (sign_up, log_in, log_in_with_a_code, forget, move)


@dataclass(frozen=True)
class Observed:
    """What one request came to, from the outside and from within."""

    answer: tuple[int, object]
    operations: tuple[tuple[str, str, int], ...]
    """Service, name, and how many items it writes at once."""
    hashing: tuple[str, ...]


def observe(do: Do, browser: Browser, email: str, hashing: Hashing) -> Observed:
    browser.stack.advance(0)
    hashing.calls.clear()
    with recorded() as calls:
        answer = do(browser, email)
    mine = [call for call in calls if call["function"] == "api_handler"]
    operations = ((one["service"], one["operation"], len(one["arguments"].get("TransactItems", ()))) for one in mine)
    return Observed(answer, tuple(operations), tuple(hashing.calls))


@pytest.mark.parametrize("do", WAYS, ids=lambda do: do.__name__)
def test_known_and_unknown_addresses_cause_the_same_calls(browser: Browser, hashing: Hashing, do: Do) -> None:
    asker = browser.arrive()
    known = Browser(browser.stack, "known-" + browser.email).arrive()
    unproven = Browser(browser.stack, "unproven-" + browser.email)
    unproven.sign_up()
    unknown = "unknown-" + browser.email
    one_who_is_known = observe(do, asker, known.email, hashing)
    assert len(one_who_is_known.operations) > 3
    assert bool(one_who_is_known.hashing) == (do is not forget)
    assert observe(do, asker, unknown, hashing) == one_who_is_known
    assert observe(do, asker, unproven.email, hashing) == one_who_is_known


def test_somebody_without_a_password_looks_the_same_at_log_in(browser: Browser, hashing: Hashing) -> None:
    """As one does who has only come by Google, or whose account an operator has opened."""
    browser.stack.open(browser.email)
    without = observe(log_in, browser, browser.email, hashing)
    assert without == observe(log_in, browser, "unknown-" + browser.email, hashing)
    assert without.hashing == ("verify",)


def test_the_mailbox_is_where_they_differ(browser: Browser) -> None:
    known = browser.arrive()
    unknown = Browser(browser.stack, "unknown-" + browser.email)
    for mailbox in (known, unknown):
        forget(browser.other(), mailbox.email)
    assert len(known.mails("Set a new password")) == 1
    assert unknown.mails() == []
