"""Moments and the only reader of the wall clock. A moment is a whole UTC second since 1970, rounded down."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

LAST_MOMENT = 253_402_300_799
"""9999-12-31T23:59:59Z. No calendar here goes further, and a balance may: what lasts longer is shown as this."""

Clock = Callable[[], int]
"""Answers the present moment. Read once for each use case and passed on."""


def wall_clock() -> int:
    """The present UTC second, rounded down."""
    return int(time.time())


def pause(millis: int) -> None:
    """Wait by the wall clock."""
    time.sleep(millis / 1000)


def next_midnight(moment: int) -> int:
    """The first UTC midnight strictly after the second `moment`."""
    return (moment // DAY + 1) * DAY


def iso(moment: int) -> str:
    """2026-03-01T00:00:00Z"""
    return _utc(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_or_none(moment: int | None) -> str | None:
    """ISO 8601 of a moment, or None where there is none."""
    return None if moment is None else iso(moment)


def in_words(moment: int) -> str:
    """Sunday 1 March 2026, 00:00:00 UTC: how e-mails name a moment."""
    when = _utc(moment)
    return f"{when:%A} {when.day} {when:%B %Y, %H:%M:%S} UTC"


def date_of(moment: int) -> str:
    """2026-03-01"""
    return _utc(moment).strftime("%Y-%m-%d")


def month_of(moment: int) -> tuple[int, int]:
    """First second of the calendar month that holds the second `moment`, and first second after it."""
    when = _utc(moment)
    return month_bounds(when.year, when.month)


def month_bounds(year: int, month: int) -> tuple[int, int]:
    """First second of the month and first second after it."""
    start = datetime(year, month, 1, tzinfo=UTC)
    end = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
    return int(start.timestamp()), int(end.timestamp())


def _utc(moment: int) -> datetime:
    return datetime.fromtimestamp(min(moment, LAST_MOMENT), UTC)
