"""Waiting: the one thing that a service does to time."""

import time


def pause(millis: int) -> None:
    """Wait so many milliseconds."""
    time.sleep(millis / 1000)
