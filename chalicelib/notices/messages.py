"""Messages: decided and written with the change that causes them, kept, sent, and listed as notifications."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

Fact = str | int
"""A value that a message names: micro-dollars, a moment, or a name."""


class MailState(StrEnum):
    """What has become of a message's e-mail."""

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"


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
    VERIFY_EMAIL = "verify_email"
    ALREADY_REGISTERED = "already_registered"
    RESET_PASSWORD = "reset_password"
    PASSWORD_CHANGED = "password_changed"
    EMAIL_CHANGE_ASKED = "email_change_asked"
    CONFIRM_EMAIL = "confirm_email"
    EMAIL_CHANGED = "email_changed"
    SECOND_FACTOR_ON = "second_factor_on"
    SECOND_FACTOR_OFF = "second_factor_off"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    GOOGLE_LINKED = "google_linked"
    GOOGLE_UNLINKED = "google_unlinked"
    CREDENTIALS_DISCARDED = "credentials_discarded"
    ACCOUNT_CLOSED = "account_closed"
    LEASE_ENDED = "lease_ended"
    SPENDING_CAP_NEAR = "spending_cap_near"
    SPENDING_CAP_REACHED = "spending_cap_reached"
    RENTAL_FAILED = "rental_failed"
    RENTAL_GONE = "rental_gone"


ACCOUNT_WIDE = frozenset(
    {Topic.ACCOUNT_SUSPENDED, Topic.ACCOUNT_RESTORED, Topic.ENDED_FOR_GOOD, Topic.LEASE_ENDED}
)
"""Topics after which the rentals of the account have to be looked at: what servers should be has changed."""

FACTS: Mapping[Topic, frozenset[str]] = {
    Topic.BALANCE_LOW: frozenset({"days", "balance", "rate", "runs_out_at"}),
    Topic.ACCOUNT_SUSPENDED: frozenset({"balance", "suspended_at", "missing"}),
    Topic.RENTAL_SUSPENDED: frozenset({"subject_id", "name", "suspended_at"}),
    Topic.SERVICE_SUSPENDED: frozenset({"subject_id", "name", "suspended_at"}),
    Topic.LAST_CALL: frozenset({"ends_at", "missing", "rentals", "services"}),
    Topic.ENDED_FOR_GOOD: frozenset({"names", "ended_at"}),
    Topic.ACCOUNT_RESTORED: frozenset({"balance", "restored_at"}),
    Topic.STILL_SUSPENDED: frozenset({"balance", "missing"}),
    Topic.VERIFY_EMAIL: frozenset({"link_id", "expires_at"}),
    Topic.ALREADY_REGISTERED: frozenset({"asked_at"}),
    Topic.RESET_PASSWORD: frozenset({"link_id", "expires_at"}),
    Topic.PASSWORD_CHANGED: frozenset({"changed_at"}),
    Topic.EMAIL_CHANGE_ASKED: frozenset({"new_email", "asked_at"}),
    Topic.CONFIRM_EMAIL: frozenset({"link_id", "expires_at"}),
    Topic.EMAIL_CHANGED: frozenset({"old_email", "new_email", "changed_at"}),
    Topic.SECOND_FACTOR_ON: frozenset({"changed_at"}),
    Topic.SECOND_FACTOR_OFF: frozenset({"changed_at"}),
    Topic.RECOVERY_CODE_USED: frozenset({"used_at", "left"}),
    Topic.RECOVERY_CODES_MADE: frozenset({"changed_at"}),
    Topic.GOOGLE_LINKED: frozenset({"changed_at"}),
    Topic.GOOGLE_UNLINKED: frozenset({"changed_at"}),
    Topic.CREDENTIALS_DISCARDED: frozenset({"changed_at"}),
    Topic.ACCOUNT_CLOSED: frozenset({"closed_at"}),
    Topic.LEASE_ENDED: frozenset({"subject_id", "name", "rate", "ended_at"}),
    Topic.SPENDING_CAP_NEAR: frozenset({"percent", "cap", "spent", "month_ends_at"}),
    Topic.SPENDING_CAP_REACHED: frozenset({"cap", "spent", "month_ends_at"}),
    Topic.RENTAL_FAILED: frozenset({"subject_id", "name"}),
    Topic.RENTAL_GONE: frozenset({"subject_id", "name"}),
}
"""What a message of each topic names at least. Amounts are micro-dollars, `rate` micro-dollars per hour, `_at` moments.

Beside these, where they are known: `ends_at` (when what is halted ends for good) with the topics of a suspended
account, `balance` with ENDED_FOR_GOOD, `failed_at` and `reason` with RENTAL_FAILED, `gone_at` with RENTAL_GONE. The
`link_id` of a message becomes a signed link when it is sent: no table holds what opens it.
"""


ADDRESS_FACTS = frozenset({"old_email", "new_email"})
"""Facts that are e-mail addresses."""


class Message(NamedTuple):
    """One thing that one account's owner is told once."""

    account_id: str
    message_id: str
    """Sorts by creation."""
    topic: Topic
    created_at: int
    facts: Mapping[str, Fact]
    recipient: str | None = None
    """The address to write to where it is not the one that the owner has when it is sent."""
