"""Workers that die, and others that come between: gates before and after every call of a store or the provider."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class Killed(Exception):
    """The worker's process is gone; nobody catches this."""


class Gate:
    """Counts the crossings of one worker, and at a chosen one kills it or lets something happen first."""

    def __init__(self) -> None:
        self._crossed = 0
        self._kill_at = self._pause_at = -1
        self._meanwhile: Callable[[], None] = lambda: None

    @contextmanager
    def worker(self, kill_at: int, pause_at: int, meanwhile: Callable[[], None]) -> Iterator[None]:
        """One invocation. Negative crossings never come."""
        self._crossed, self._kill_at, self._pause_at, self._meanwhile = 0, kill_at, pause_at, meanwhile
        try:
            yield
        except Killed:
            pass
        finally:
            self._kill_at = self._pause_at = -1

    def __call__(self, moment: str) -> None:
        self._crossed += 1
        if self._crossed == self._pause_at:
            self._pause_at, kill_at, self._kill_at = -1, self._kill_at, -1
            crossed = self._crossed
            self._meanwhile()
            self._crossed, self._kill_at = crossed, kill_at
        if self._crossed == self._kill_at:
            raise Killed(moment)


class Gated:
    """A store whose every method passes the gate before and after."""

    def __init__(self, store: Any, gate: Gate) -> None:
        self._store, self._gate = store, gate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def passed(*arguments: Any) -> Any:
            self._gate(f"before {name}")
            answer = method(*arguments)
            self._gate(f"after {name}")
            return answer

        return passed
