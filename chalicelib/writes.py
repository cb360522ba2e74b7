"""What slices hand to a store that they do not own."""

from collections.abc import Callable, Sequence
from typing import Protocol


class Write(Protocol):
    """One conditional write of one record, made by a store and opaque to everybody else.

    A slice that decides about another slice's account puts its own records' writes beside the account's, so that both
    are one transaction. The adapter that commits them knows what they are.
    """

    @property
    def target(self) -> str:
        """Names the record, for messages and tests; no two writes of a transaction have the same."""


Commit = Callable[[Sequence[Write]], None]
"""Carries out all writes or none. Raises LostRace where one found something else than was read, and OutcomeUnknown."""
