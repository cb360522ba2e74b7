"""What the tests of accounts share: a real store on an emulated table, and chance that repeats."""

from collections.abc import Iterator
from random import Random

import pytest

from chalicelib.adapters.dynamodb.identity import IdentityStore
from chalicelib.ids import Ids
from tests.adapters.dynamodb.emulated import emulated

NOON = 20_000 * 86_400 + 43_200


@pytest.fixture
def ids() -> Ids:
    return Ids(Random(7).randbytes)


@pytest.fixture
def store() -> Iterator[IdentityStore]:
    with emulated("IdentityTable") as connection:
        yield IdentityStore(connection, "IdentityTable")
