"""What slices need of a queue: a place for hints that something may be due."""

from collections.abc import Iterable, Mapping
from typing import Protocol

Hint = Mapping[str, object]
"""JSON values that name what to look at."""


class Queue(Protocol):
    """Delivers each hint at least once, in any order."""

    def send(self, hints: Iterable[Hint]) -> int:
        """Put hints on the queue, in batches; how many they were. Raises Unavailable when it can not be reached."""
