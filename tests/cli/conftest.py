"""One stack for all tests of the command in a process; an account and a terminal for each test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.cli.terminal import COMMAND, Terminal
from tests.stack import Customer, Stack, started

_numbers = count(1)


@pytest.fixture(scope="session")
def started_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Skips nothing: the command is a part of `make engines`."""
    assert COMMAND.exists(), "`make engines` installs the published command, which these tests run"
    with started(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture
def stack(started_stack: Stack) -> Iterator[Stack]:
    """The stack, in place for this test."""
    with started_stack.in_place() as stack:
        yield stack


@pytest.fixture
def customer(stack: Stack) -> Customer:
    """Somebody with 1000 dollars."""
    return stack.open(f"ada{next(_numbers)}@example.com", "1000.00")


@pytest.fixture
def terminal(stack: Stack, customer: Customer, tmp_path: Path) -> Terminal:
    """Their terminal, with their token in the environment."""
    return Terminal(tmp_path / "home", stack.url, customer.token)
