"""One stack for all tests of the daemon in a process; an account and a server for each test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.daemon.host import Host
from tests.stack import Customer, Stack, started

_numbers = count(1)


@pytest.fixture(scope="session")
def started_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
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
def host(tmp_path: Path) -> Host:
    """A server without a daemon."""
    return Host(tmp_path)
