"""The clock that can be moved: wall time and an offset, or pinned to one second while time is being replayed.

The offset is kept in a file that the EC2 server reads too, so that a moved clock outlives a restart.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chalicelib.clock import wall_clock


class MovableClock:
    """A chalicelib Clock. Never goes backwards.

    With `standing_at` it starts at that moment and stands still between moves, so that a test knows every second.
    """

    def __init__(self, file: Path, standing_at: int | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._stands = standing_at is not None
        kept = json.loads(file.read_text()) if file.exists() else {}
        self._offset = int(kept.get("offset_seconds", 0))
        self._pinned = standing_at
        if standing_at is not None:
            self._keep(standing_at)

    def __call__(self) -> int:
        pinned = self._pinned
        return wall_clock() + self._offset if pinned is None else pinned

    @contextmanager
    def replaying(self) -> Iterator[None]:
        """Time stands still inside, except where `pin` moves it; afterwards it runs on from there."""
        with self._lock:
            self._pinned = self()
            try:
                yield
            finally:
                self._keep(self._pinned)
                if not self._stands:
                    self._pinned = None

    def pin(self, moment: int) -> None:
        """Stand at a later second. Inside `replaying` only."""
        if self._pinned is None or moment < self._pinned:
            raise ValueError("The clock is pinned while replaying, and only forward.")
        self._keep(moment)
        self._pinned = moment

    def _keep(self, moment: int) -> None:
        self._offset = moment - wall_clock()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        written = self._file.with_suffix(".new")
        written.write_text(json.dumps({"offset_seconds": self._offset}))
        written.replace(self._file)
