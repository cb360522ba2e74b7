"""The correlation id: names one cause, so that what it led to can be found in the logs of every function.

A request or a scheduled run begins one; a queue carries it from whoever sends to whoever receives.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CURRENT: ContextVar[str] = ContextVar("correlation_id", default="")


def current() -> str:
    """The correlation id of what is being done, or an empty string."""
    return _CURRENT.get()


@contextmanager
def under(correlation_id: str) -> Iterator[None]:
    """What is done inside has this correlation id."""
    token = _CURRENT.set(correlation_id)
    try:
        yield
    finally:
        _CURRENT.reset(token)
