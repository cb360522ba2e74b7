"""The contract of the rentals' store, on the store in memory."""

import pytest

from tests.billing.memory_books import MemoryBooks
from tests.instances.memory_rentals import MemoryRentals
from tests.instances.store_contract import RentalStoreContract, Shelf


class TestMemoryRentals(RentalStoreContract):
    """A fake that keeps the contract is one that tests may trust."""

    @pytest.fixture
    def shelf(self) -> Shelf:
        books = MemoryBooks()
        return Shelf(MemoryRentals(books), lambda writes: books.commit(None, writes))
