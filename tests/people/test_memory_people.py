"""The stores in memory keep the contract that the deployed ones keep: tests on them say something."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.people.memory_people import (
    MemoryCredentials,
    MemoryLinks,
    MemorySessions,
    MemoryThrottles,
    MemoryUsers,
    MemoryWrites,
)
from tests.people.people_contract import PeopleContract


class TestInMemory(PeopleContract):
    """In memory."""

    @pytest.fixture(scope="class")
    @classmethod
    def services(cls) -> Any:
        kept = MemoryWrites()
        return SimpleNamespace(
            sessions=SimpleNamespace(store=MemorySessions(kept)),
            throttle=SimpleNamespace(store=MemoryThrottles(kept)),
            links=SimpleNamespace(store=MemoryLinks(kept)),
            credentials_store=MemoryCredentials(kept),
            users_store=MemoryUsers(kept),
            decisions=SimpleNamespace(commit=kept.commit),
        )
