"""Commands and addresses that the documents tell people to use are there."""

import re

import pytest

from app import app
from ops.__main__ import COMMANDS
from tests.docs.pages import Page, pages
from tests.tidy.tracked import ROOT

TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
ROUTES = [re.compile(re.sub(r"\{\w+\}", "[^/]+", route)) for route in app.routes]


def addresses(one: Page) -> list[str]:
    """Paths of the API in backticks and blocks, without what stands for a part of them."""
    return re.findall(r"(?<![\w.])/(?:api|user-api)(?:/[\w.{}-]+)+", one.text)


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)
def test_every_target_of_make_is_there(one: Page) -> None:
    named = re.findall(r"(?:^|`|[A-Z0-9]=\w+ )make ([a-z][a-z-]*)", one.text, re.MULTILINE)
    assert [target for target in named if target not in TARGETS] == []


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)
def test_every_command_of_the_operator_is_there(one: Page) -> None:
    named = re.findall(r"-m ops ([a-z-]+)", one.text)
    assert [command for command in named if not command.startswith("-") and command not in COMMANDS] == []


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)
def test_every_address_of_the_api_is_there(one: Page) -> None:
    assert [path for path in addresses(one) if not any(route.fullmatch(path) for route in ROUTES)] == []


# The checks would notice a breach.


def test_addresses_are_found() -> None:
    one = Page("x.md", "`GET /api/v1/nothing/{id}`, see ENDPOINT/api/v1/health and tests/api/test_view.py\n")
    assert addresses(one) == ["/api/v1/nothing/{id}"]
    assert {"run", "test", "package"} <= TARGETS
    assert any(route.fullmatch("/api/v1/statements/2026-03") for route in ROUTES)
