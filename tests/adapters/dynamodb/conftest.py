"""What the tests of stores share."""

from collections.abc import Iterator

import pytest
from pynamodb.connection import Connection

from tests.adapters.dynamodb.emulated import emulated


@pytest.fixture
def identity() -> Iterator[Connection]:
    """The table IdentityTable, empty."""
    with emulated("IdentityTable") as connection:
        yield connection
