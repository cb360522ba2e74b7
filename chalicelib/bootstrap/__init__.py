"""The composition root: services built from adapters, each on first use. The one place where they meet.

Imports stand inside the properties, so that a function loads only the vendors of what it uses.
"""

from chalicelib.bootstrap.renting import RentingServices


class Services(RentingServices):
    """Everything that a handler may call."""


_current: Services | None = None


def services() -> Services:
    """The services of this process, built at the first call."""
    global _current
    if _current is None:
        _current = Services()
    return _current


def use(chosen: Services | None) -> None:
    """Put other services in their place: another clock, other ids. None: build them anew."""
    global _current
    _current = chosen
