"""What the account's line has to do with its owner. The line is billing's; bootstrap joins the two."""

from collections.abc import Callable, Sequence
from typing import Protocol

from chalicelib.writes import Write

Beside = Callable[[], Sequence[Write]]
"""Decides, on what it reads itself, what is written beside the line. May run several times, and must not act."""


class Lines(Protocol):
    """The lines of accounts, as far as people change them."""

    def opening(self, account_id: str, owner_id: str, now: int, *, verified: bool) -> Write:
        """The write of a new account's line, without a currency."""

    def verify(self, account_id: str, beside: Beside) -> None:
        """Let an account rent and pay from now on, in one transaction with what stands beside.

        Where it may already, only that is written. Raises what `beside` raises, and Unavailable.
        """
