"""Messages: decided and written with the change that causes them, kept, sent, and listed as notifications."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

Fact = str | int
"""A value that a message names: micro-dollars, a moment, or a name."""


class Topic(StrEnum):
    """What a message is about. Templates say how each reads and which facts it names."""

    BALANCE_LOW = "balance_low"
    ACCOUNT_SUSPENDED = "account_suspended"
    RENTAL_SUSPENDED = "rental_suspended"
    SERVICE_SUSPENDED = "service_suspended"
    LAST_CALL = "last_call"
    ENDED_FOR_GOOD = "ended_for_good"
    ACCOUNT_RESTORED = "account_restored"
    STILL_SUSPENDED = "still_suspended"
    RENTAL_FAILED = "rental_failed"
    RENTAL_GONE = "rental_gone"


ACCOUNT_WIDE = frozenset({Topic.ACCOUNT_SUSPENDED, Topic.ACCOUNT_RESTORED, Topic.ENDED_FOR_GOOD})
"""Topics after which every rental of the account has to be looked at."""

FACTS: Mapping[Topic, frozenset[str]] = {
    Topic.BALANCE_LOW: frozenset({"days", "balance", "rate", "runs_out_at"}),
    Topic.ACCOUNT_SUSPENDED: frozenset({"balance", "suspended_at", "missing"}),
    Topic.RENTAL_SUSPENDED: frozenset({"subject_id", "name", "suspended_at"}),
    Topic.SERVICE_SUSPENDED: frozenset({"subject_id", "name", "suspended_at"}),
    Topic.LAST_CALL: frozenset({"ends_at", "missing", "rentals", "services"}),
    Topic.ENDED_FOR_GOOD: frozenset({"names", "ended_at"}),
    Topic.ACCOUNT_RESTORED: frozenset({"balance", "restored_at"}),
    Topic.STILL_SUSPENDED: frozenset({"balance", "missing"}),
    Topic.RENTAL_FAILED: frozenset({"subject_id", "name"}),
    Topic.RENTAL_GONE: frozenset({"subject_id", "name"}),
}
"""What a message of each topic names at least. Amounts are micro-dollars, `rate` micro-dollars per hour, `_at` moments.

Beside these, where they are known: `ends_at` (when what is halted ends for good) with the topics of a suspended
account, `balance` with ENDED_FOR_GOOD, `failed_at` and `reason` with RENTAL_FAILED, `gone_at` with RENTAL_GONE.
"""


class Message(NamedTuple):
    """One thing that one account's owner is told once."""

    account_id: str
    message_id: str
    """Sorts by creation."""
    topic: Topic
    created_at: int
    facts: Mapping[str, Fact]
