"""The product's services on tables of an engine: real stores, and a clock that the test owns."""

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import bootstrap
from chalicelib.bootstrap import Services
from chalicelib.clock import Clock, wall_clock
from chalicelib.config import Config
from local.environment import environment_with
from tests.engines import FreshTables


@contextmanager
def services_on(tables: FreshTables, clock: Clock = wall_clock) -> Iterator[Services]:
    """Services of their own on these tables."""
    with environment_with(tables.variables):
        yield Services(Config.from_environment(), clock)


@contextmanager
def services_put_back() -> Iterator[None]:
    """Whatever services are put in place meanwhile, the process builds its own anew."""
    try:
        yield
    finally:
        bootstrap.use(None)
