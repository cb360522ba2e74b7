"""The product's services on tables of an engine: real stores, and a clock that the test owns."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from chalicelib.bootstrap import Services
from chalicelib.clock import Clock, wall_clock
from chalicelib.config import Config
from tests.engines import FreshTables


@contextmanager
def reaching(variables: Mapping[str, str]) -> Iterator[None]:
    """Clients that are made meanwhile find their engine; the process's environment is as it was afterwards."""
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def services_on(tables: FreshTables, clock: Clock = wall_clock) -> Iterator[Services]:
    """Services of their own on these tables."""
    with reaching(tables.variables):
        yield Services(Config.from_environment(), clock)
