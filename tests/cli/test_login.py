"""`thestage login` and `logout` with the published command; the test plays the browser and the console's page."""

import re
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pexpect
import pytest

from tests.cli.terminal import COMMAND, Terminal
from tests.people.browser import Browser
from tests.stack import Stack

_numbers = count(1)


@pytest.fixture
def browser(stack: Stack) -> Browser:
    """Somebody who has logged in in a browser."""
    return Browser(stack, f"grace{next(_numbers)}@example.com").arrive()


@pytest.fixture
def terminal(stack: Stack, tmp_path: Path) -> Iterator[Terminal]:
    """A terminal that has no token. No browser can be opened from it: the command prints the address."""
    yield Terminal(tmp_path / "home", stack.url, None, {"BROWSER": "/bin/false"})


def log_in(terminal: Terminal, decide: Callable[[dict[str, str]], str]) -> str:
    """Run `login`; `decide` gets what the address asks for and answers where the browser goes. What it printed."""
    child = pexpect.spawn(
        str(COMMAND), ["login"], env=terminal._environment(), cwd=str(terminal.home), encoding="utf-8",
        dimensions=(50, 1000), timeout=60,
    )  # fmt: skip
    child.expect(r"https?://\S+/cli-login\?\S+")
    asked = dict(parse_qsl(urlsplit(str(child.match.group(0))).query))
    target = decide(asked)
    for _ in range(20):
        try:
            urlopen(target, timeout=10).read()
            break
        except OSError:
            time.sleep(0.2)
    child.expect(pexpect.EOF)
    child.close()
    return re.sub(r"\x1b\[[0-9;]*m", "", str(child.before))


def approving(browser: Browser, approve: bool = True) -> Callable[[dict[str, str]], str]:
    """The console's page: shows who asks, then says yes or no."""

    def decide(asked: dict[str, str]) -> str:
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        assert browser.get(f"/api/v1/cli-login?{query}")["email"] == browser.email
        return str(browser.post("/api/v1/cli-login", {**asked, "approve": approve})["redirect_to"])

    return decide


def test_a_login_in_the_browser_gives_the_command_a_token_of_its_own(terminal: Terminal, browser: Browser) -> None:
    assert "Login successful" in log_in(terminal, approving(browser))
    assert f"ACTIVE PROFILE: {browser.email}" in terminal.run("config", "get").lines
    assert "No items found" in terminal.run("instance", "rented", "ls").lines
    (token,) = browser.get("/api/v1/tokens")["items"]
    assert (token["description"], token["state"]) == ("thestage login", "active")
    assert str(terminal.configuration["thestage_auth_token"]).startswith(token["prefix"])


def test_a_logout_disables_the_token_and_it_stays_listed(terminal: Terminal, browser: Browser) -> None:
    log_in(terminal, approving(browser))
    kept = str(terminal.configuration["thestage_auth_token"])
    assert "Logout successful" in terminal.run("logout").output
    assert browser.stack.call("GET", "/api/v1/balance", kept)[0] == 401
    assert [token["state"] for token in browser.get("/api/v1/tokens")["items"]] == ["disabled"]


def test_a_refusal_in_the_browser_ends_the_login(terminal: Terminal, browser: Browser) -> None:
    shown = log_in(terminal, approving(browser, approve=False))
    assert "Login successful" not in shown
    assert "refused" in shown or "denied" in shown, shown
    assert browser.get("/api/v1/tokens")["items"] == []
