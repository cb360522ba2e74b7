"""The environment of this process, changed for a while: SDK clients that are made meanwhile find their engine by it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


@contextmanager
def environment_with(variables: Mapping[str, str]) -> Iterator[None]:
    """These variables are set meanwhile; at the end every variable is as it was, whatever was set in between."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
