"""The running clock's heartbeat. A beat that fails is told and written down, and the next one tries again."""

import sys
import threading
import time
import traceback
from collections.abc import Callable

BEAT_SECONDS = 0.5


def beat_until(stopping: threading.Event, beat: Callable[[], object], tell: Callable[[str], object]) -> None:
    """Beat until `stopping` is set. What failed goes to standard output with its place, where the functions' logs go.

    A failure is told and written down when it begins, not at each beat that it lasts, and its end is told, too.
    """
    lasting: type[Exception] | None = None
    while not stopping.is_set():
        started = time.monotonic()
        failure = _failure_of(beat)
        if failure is not None and type(failure) is not lasting:
            tell(f"The clock goes on, but what was due failed and is tried again: {logged(failure)}")
        if failure is None and lasting is not None:
            tell("What was due has been done.")
        lasting = None if failure is None else type(failure)
        stopping.wait(max(0.0, BEAT_SECONDS - (time.monotonic() - started)))


def _failure_of(beat: Callable[[], object]) -> Exception | None:
    try:
        beat()
    except Exception as error:  # noqa: BLE001 - whatever it is, the product of a whole afternoon must not end with it
        return error
    return None


def logged(error: Exception) -> str:
    """Write an error down with its place, on standard output; what failed, in a line."""
    traceback.print_exception(error, file=sys.stdout)
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
