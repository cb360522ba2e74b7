"""What the tests of accounts share: an emulated table for real stores, and chance that repeats."""

from collections.abc import Iterator
from random import Random

import pytest
from pynamodb.connection import Connection

from chalicelib.ids import Ids
from tests.adapters.dynamodb.emulated import emulated

NOON = 20_000 * 86_400 + 43_200


@pytest.fixture
def ids() -> Ids:
    return Ids(Random(7).randbytes)


@pytest.fixture
def identity() -> Iterator[Connection]:
    with emulated("IdentityTable") as connection:
        yield connection
