"""Where the next entry of an account goes. See journal.py.

Apart from it, because an account's line holds it, and most who read the line append nothing.
"""

from typing import NamedTuple

GENESIS = "0" * 64
"""What the first entry of an account names as the hash before it."""


class Place(NamedTuple):
    """Where the next entry of an account goes."""

    account_id: str
    currency: str
    sequence: int
    balance_before: int
    previous_hash: str
