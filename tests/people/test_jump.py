"""A jump of the clock is no time in which somebody was away: open sessions stay valid, ended ones stay ended."""

from collections.abc import Iterator

import pytest

from chalicelib.clock import DAY
from tests.people.browser import Browser
from tests.stack import Stack, started


@pytest.fixture(scope="module")
def started_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One of their own: nobody else lives through forty days here."""
    with started(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


def jump(browser: Browser, seconds: int) -> None:
    assert browser.stack.call("POST", "/local/clock", "", {"advance_seconds": seconds})[0] == 200


def test_a_session_that_is_open_at_a_jump_stays_open(browser: Browser) -> None:
    browser.arrive()
    jump(browser, 40 * DAY)
    (session,) = browser.get("/api/v1/sessions")["items"]
    assert session["current"] is True


def test_one_that_has_ended_stays_ended(browser: Browser) -> None:
    browser.arrive()
    other = browser.other()
    other.log_in()
    other.post("/api/v1/sessions/log-out")
    browser.stack.advance(DAY)
    jump(browser, DAY)
    assert browser.refused("GET", "/api/v1/balance") == (401, "session_expired")
