"""Carrying out decisions about people: read, decide, commit, and again when somebody else was first.

What also changes the account's line goes through billing, which does the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from chalicelib.errors import LostRace, OutcomeUnknown, Unavailable
from chalicelib.ids import Ids
from chalicelib.writes import Commit, Write

Result = TypeVar("Result")

TURNS = 8
LONGEST_PAUSE_MILLIS = 200


@dataclass(frozen=True, slots=True)
class Decided(Generic[Result]):
    """What a decision came to. Without writes nothing has to be done, because it already is."""

    result: Result
    writes: Sequence[Write] = ()


@dataclass(frozen=True, slots=True)
class Decisions:
    """Takes decisions and commits them."""

    commit: Commit
    ids: Ids
    pause: Callable[[int], None]
    """Waits so many milliseconds."""

    def carry_out(self, decide: Callable[[], Decided[Result]]) -> Result:
        """Decide and commit. `decide` reads all it needs, may run several times, and must not act.

        Raises what it raises, and Unavailable when writers keep meeting or nobody answers.
        """
        for _ in range(TURNS):
            decided = decide()
            try:
                if decided.writes:
                    self.commit(decided.writes)
                return decided.result
            except (LostRace, OutcomeUnknown):
                self.pause(self.ids.jitter(LONGEST_PAUSE_MILLIS))
        raise Unavailable("Too many changes at once. Nothing was changed; try again in a moment.")
