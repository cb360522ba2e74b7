"""A shop of the benchmarks on the tests' own engine."""

from collections.abc import Iterator

import pytest

from benchmarks.shop import Shop
from tests.engines import FreshTables


@pytest.fixture
def shop(fresh_tables: FreshTables, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name, value in fresh_tables.variables.items():
        monkeypatch.setenv(name, value)
    with Shop(fresh_tables.variables, fresh_tables.provisioned, fresh_tables.dynamodb).open() as shop:
        yield shop
