"""The local stack's time: the machine's, moved by the offset in a file that every process of the stack reads."""

import json
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.clock import wall_clock


class MovedClock:
    """Reads the wall clock plus `offset_seconds` of a JSON file such as {"offset_seconds": 86400}.

    A missing file, or no file at all, means that the clock was not moved.
    """

    def __init__(self, clock_file: Path | None) -> None:
        self._clock_file = clock_file

    def __call__(self) -> int:
        """The present moment, in UTC seconds."""
        return wall_clock() + self.offset_seconds()

    def naive_utc(self) -> datetime:
        """The present moment in the form that the emulator keeps: UTC without a time zone."""
        return datetime.fromtimestamp(self(), UTC).replace(tzinfo=None)

    def offset_seconds(self) -> int:
        """By how much the clock was moved."""
        if self._clock_file is None or not self._clock_file.exists():
            return 0
        return int(json.loads(self._clock_file.read_text())["offset_seconds"])
