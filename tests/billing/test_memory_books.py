"""The contract of the books' store, on the store in memory."""

import pytest

from chalicelib.billing.store import BooksStore
from tests.billing.memory_books import MemoryBooks
from tests.billing.store_contract import BooksStoreContract


class TestMemoryBooks(BooksStoreContract):
    """A fake that keeps the contract is one that tests may trust."""

    def make_store(self) -> BooksStore:
        return MemoryBooks()


def test_a_transaction_writes_each_record_once() -> None:
    store = MemoryBooks()
    with pytest.raises(ValueError, match="2 items on 1 records"):
        store.commit(None, [store.once("a"), store.once("a")])


def test_a_transaction_has_at_most_a_hundred_items() -> None:
    store = MemoryBooks()
    with pytest.raises(ValueError, match="101 items"):
        store.commit(None, [store.once(str(number)) for number in range(101)])
