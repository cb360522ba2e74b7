"""The store in memory keeps the contract that the engines keep, so what is shown with it holds with them."""

import pytest

from tests.notices.memory_notices import MemoryNotices
from tests.notices.store_contract import Kept, NoticesStoreContract


@pytest.fixture
def kept() -> Kept:
    store = MemoryNotices()
    return Kept(store, store.write)


class TestMemoryNotices(NoticesStoreContract):
    """In memory."""
