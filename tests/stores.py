"""The product's services on tables of an engine: real stores, a clock that the test owns."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chalicelib.bootstrap import Services
from chalicelib.clock import wall_clock
from chalicelib.config import Config
from tests.engines import FreshTables


@contextmanager
def stores_on(tables: FreshTables, clock: Callable[[], int] = wall_clock) -> Iterator[Services]:
    """Services whose clients have found their engine; the process's environment is as it was afterwards."""
    before = dict(os.environ)
    os.environ.update(tables.variables)
    try:
        yield Services(Config.from_environment(), clock)
    finally:
        os.environ.clear()
        os.environ.update(before)
