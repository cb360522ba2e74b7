"""The contract of the machines' store, in memory."""

import pytest

from tests.billing.memory_books import MemoryBooks
from tests.instances.machine_contract import MachineStoreContract, Rack
from tests.instances.memory_machines import MemoryMachines


class TestInMemory(MachineStoreContract):
    """In memory."""

    @pytest.fixture
    def rack(self) -> Rack:
        books = MemoryBooks()
        return Rack(MemoryMachines(books), lambda writes: books.commit(None, writes))
