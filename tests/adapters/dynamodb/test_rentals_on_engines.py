"""The contract of the rentals' store on the engines that stand in for DynamoDB. A class shares its tables."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.engines import Aws, FreshTables, tables_in
from tests.instances.store_contract import RentalStoreContract, Shelf
from tests.stores import services_on


@contextmanager
def shelf_on(tables: FreshTables) -> Iterator[Shelf]:
    with services_on(tables) as services:
        yield Shelf(services.rentals_store, lambda writes: services.books_store.commit(None, writes))


class TestOnMinistack(RentalStoreContract):
    """On ministack."""

    @pytest.fixture(scope="class")
    @classmethod
    def shelf(cls, ministack_engine: Aws) -> Iterator[Shelf]:
        with shelf_on(tables_in(ministack_engine, ministack_engine)) as shelf:
            yield shelf


@pytest.mark.dynamodb_local
class TestOnDynamoDbLocal(RentalStoreContract):
    """On Amazon's own."""

    @pytest.fixture(scope="class")
    @classmethod
    def shelf(cls, dynamodb_local_engine: Aws, ministack_engine: Aws) -> Iterator[Shelf]:
        with shelf_on(tables_in(dynamodb_local_engine, ministack_engine)) as shelf:
            yield shelf
