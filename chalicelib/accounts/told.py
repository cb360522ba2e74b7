"""What a person is told by e-mail about their log-in, and what this slice needs of whoever writes to them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from chalicelib.writes import Write


class Told(StrEnum):
    """What an e-mail says. The notices have a template for each, under the same word."""

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


class Teller(Protocol):
    """Writes to an account's owner, in the transaction of what they are told about."""

    def telling(
        self, account_id: str, what: Told, now: int, facts: Mapping[str, str | int], *, to: str | None = None
    ) -> Write:
        """The write of a message, to the owner's address when it is sent or to another one."""
