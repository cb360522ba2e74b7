"""A shop of the benchmarks on the tests' own engine."""

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks.shop import Shop
from chalicelib.api.openapi import document_of
from tests.api.counter import api
from tests.api.validated import Document
from tests.engines import FreshTables

JUDGE = Document(document_of(api().routes))
ASK = Shop.ask


def judged(shop: Shop, method: str, path: str, *rest: Any, **headers: str) -> Any:
    """The answer, if it is one that the API document promises."""
    answer = ASK(shop, method, path, *rest, **headers)
    JUDGE.check(method, path, answer["statusCode"], answer["headers"], answer["body"])
    return answer


@pytest.fixture
def shop(fresh_tables: FreshTables, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name, value in fresh_tables.variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(Shop, "ask", judged)
    with Shop(fresh_tables.variables, fresh_tables.provisioned, fresh_tables.dynamodb).open() as shop:
        yield shop
