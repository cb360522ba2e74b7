"""What the benchmarks print: one table in Markdown, with what is aimed at, what was measured, and whether it is met."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.traffic import Traffic

_HEAD = ("what", "goal", "measured", "met")


@dataclass(frozen=True, slots=True)
class Row:
    """One line. `met` is None where nothing is aimed at."""

    what: str
    goal: str
    measured: str
    met: bool | None


def counted(what: str, traffic: Traffic, goal: str = "", *, met: bool | None = None) -> Row:
    """The line of an operation whose requests and capacity were counted."""
    measured = (
        f"{traffic.requests_in_words}; {traffic.items_written} items written; "
        f"{traffic.read_units} read and {traffic.write_units} write units"
    )
    return Row(what, goal, measured, met)


def at_most(what: str, ratio: float, goal: float, more: str) -> Row:
    """The line of a ratio that should not be larger."""
    return Row(what, f"at most {goal:g}", f"{ratio:.2f} ({more})", ratio <= goal)


def at_least(what: str, ratio: float, goal: float, more: str) -> Row:
    """The line of a ratio that should not be smaller."""
    return Row(what, f"at least {goal:g}", f"{ratio:.2f} ({more})", ratio >= goal)


def table(rows: Iterable[Row]) -> Iterator[str]:
    """The rows in Markdown, line by line as they come."""
    yield _line(_HEAD)
    yield _line(("---",) * len(_HEAD))
    for row in rows:
        yield _line((row.what, row.goal or "-", row.measured, _said(row.met)))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _said(met: bool | None) -> str:
    return "-" if met is None else "yes" if met else "no"
