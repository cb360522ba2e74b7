"""One stack for all tests of people in a process, and somebody new for each test."""

from collections.abc import Iterator
from itertools import count

import pytest

from local.identity_provider import identity_provider
from tests.people.browser import Browser
from tests.stack import Stack, started

_numbers = count(1)


@pytest.fixture(scope="session")
def started_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with identity_provider() as issuer, started(tmp_path_factory.mktemp("stack"), issuer=issuer) as stack:
        yield stack


@pytest.fixture
def stack(started_stack: Stack) -> Iterator[Stack]:
    """The stack, in place for this test."""
    with started_stack.in_place() as stack:
        yield stack


@pytest.fixture
def browser(stack: Stack) -> Browser:
    """Somebody whom nobody knows yet."""
    return Browser(stack, f"ada{next(_numbers)}@example.com")
