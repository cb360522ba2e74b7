"""The sweep: accounts for which time has made something due go to workers.

docs/rules.md, "When the balance runs low".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.billing.store import DUE_SHARDS, BooksStore
from chalicelib.clock import Clock
from chalicelib.queues import Hint, Queue


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found."""

    accounts: int
    oldest_due_seconds: int
    """How long the account that has waited longest has been due."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Queries the index of what is due, one query for each shard, and nothing else."""

    store: BooksStore
    queue: Queue
    clock: Clock

    def run(self) -> Swept:
        """Hand every due account to the workers. One that is handed over twice is settled once."""
        now = self.clock()
        oldest = now

        def hints() -> Iterator[Hint]:
            nonlocal oldest
            for shard in range(DUE_SHARDS):
                for account_id, due_at in self.store.due(shard, now):
                    oldest = min(oldest, due_at)
                    yield {"account_id": account_id}

        count = self.queue.send(hints())
        return Swept(count, now - oldest)
