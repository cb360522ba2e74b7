"""The running clock's heartbeat. A beat that fails is told and written down, and the next one tries again."""

import sys
import threading
import time
import traceback
from collections.abc import Callable

BEAT_SECONDS = 0.5


def beat_until(stopping: threading.Event, beat: Callable[[], object], tell: Callable[[str], object]) -> None:
    """Beat until `stopping` is set. What failed goes to standard output with its place, where the functions' logs go.

    It is told in a sentence once, not at each beat, and so is that the beats work again.
    """
    failure = ""
    while not stopping.is_set():
        started = time.monotonic()
        before, failure = failure, _failure_of(beat)
        if failure and failure != before:
            tell(f"The clock goes on, but what was due failed and is tried again: {failure}")
        if before and not failure:
            tell("What was due has been done.")
        stopping.wait(max(0.0, BEAT_SECONDS - (time.monotonic() - started)))


def _failure_of(beat: Callable[[], object]) -> str:
    try:
        beat()
    except Exception as error:  # noqa: BLE001 - whatever it is, the product of a whole afternoon must not end with it
        return logged(error)
    return ""


def logged(error: Exception) -> str:
    """Write an error down with its place, on standard output; what failed, in a line."""
    traceback.print_exception(error, file=sys.stdout)
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
