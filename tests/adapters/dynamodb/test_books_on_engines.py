"""The contract of the books' store on the engines that stand in for DynamoDB. A class shares its tables."""

from collections.abc import Iterator

import pytest

from chalicelib.billing.store import BooksStore
from tests.billing.store_contract import BooksStoreContract
from tests.engines import Aws, tables_in
from tests.stores import services_on


class TestOnMinistack(BooksStoreContract):
    """On ministack."""

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, ministack_engine: Aws) -> Iterator[BooksStore]:
        with services_on(tables_in(ministack_engine, ministack_engine)) as services:
            yield services.books_store


@pytest.mark.dynamodb_local
class TestOnDynamoDbLocal(BooksStoreContract):
    """On Amazon's own."""

    @pytest.fixture(scope="class")
    @classmethod
    def store(cls, dynamodb_local_engine: Aws, ministack_engine: Aws) -> Iterator[BooksStore]:
        with services_on(tables_in(dynamodb_local_engine, ministack_engine)) as services:
            yield services.books_store
