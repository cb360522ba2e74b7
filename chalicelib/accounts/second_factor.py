"""The second factor: a code that a phone works out (TOTP, RFC 6238), or one of ten recovery codes."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.accounts.credentials import Credentials
from chalicelib.accounts.users import User
from chalicelib.errors import Unauthenticated
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """The use cases of the second factor."""

    def passed(
        self, user: User, credentials: Credentials, code: str | None, now: int
    ) -> tuple[Credentials, Sequence[Write]]:
        """The credentials after a log-in with this code, and what its owner is told.

        Raises Unauthenticated with second_factor_needed and wrong_code.
        """
        if not credentials.has_second_factor:
            return credentials, ()
        raise Unauthenticated("Send the code of your second factor, too.", code="second_factor_needed")
