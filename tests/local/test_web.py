"""What the local stack shows by itself: where to go, and the e-mails that were sent."""

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.mailbox import Mail
from local.web import Web
from local.world import World

MAILS = [
    Mail("m-1", "billing@x.test", ["ada@example.com"], "First", "Plain & first", "<p>First</p>", 0),
    Mail("m-2", "billing@x.test", ["ada@example.com"], "<b>Second", "Plain", '<p class="a">Second</p>', 86_400),
]


@pytest.fixture
def web() -> Web:
    silent = SimpleNamespace(speak_through=lambda handle: None)
    world = SimpleNamespace(mailbox=SimpleNamespace(collect=lambda: MAILS), daemons=silent)
    return Web(cast(World, world), cast(Any, SimpleNamespace(handle=None)), "<h1>Welcome</h1>")


def shown(web: Web, path: str, accept: str = "text/html,*/*") -> str:
    """A page, in a browser."""
    answer = web.answer("GET", path, {"accept": accept}, b"")
    assert answer.status == 200 and ("Content-Type", "text/html; charset=utf-8") in answer.headers
    return answer.body.decode()


def test_the_first_page_says_where_to_go(web: Web) -> None:
    assert "<h1>Welcome</h1>" in shown(web, "/")


def test_the_page_of_the_mails_shows_each_as_it_was_sent_the_newest_first(web: Web) -> None:
    page = shown(web, "/local/mail")
    assert page.index("&lt;b&gt;Second") < page.index("First")
    assert "<b>Second" not in page, "a subject is text"
    assert 'srcdoc="&lt;p class=&quot;a&quot;&gt;Second&lt;/p&gt;"' in page
    assert "Plain &amp; first" in page and "to ada@example.com, Friday 2 January 1970, 00:00:00 UTC" in page


def test_a_program_gets_the_mails_as_json(web: Web) -> None:
    answer = web.answer("GET", "/local/mail", {}, b"")
    mails = json.loads(answer.body)
    assert [mail["subject"] for mail in mails] == ["First", "<b>Second"]
    assert {"to", "subject", "text", "html", "sent_at"} <= mails[0].keys()
