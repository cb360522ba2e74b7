"""What the tests of the API share."""

from collections.abc import Iterator

import pytest

from chalicelib import bootstrap
from tests.api.counter import Counter
from tests.api.validated import Client


@pytest.fixture
def counter() -> Iterator[Counter]:
    yield Counter()
    bootstrap.use(None)


@pytest.fixture
def client(counter: Counter) -> Client:
    """The owner of the counter's account."""
    return counter.client
