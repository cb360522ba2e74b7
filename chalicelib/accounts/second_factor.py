"""The second factor: a code that a phone works out (TOTP, RFC 6238), or one of ten recovery codes.

docs/rules.md, "Accounts". A code of the phone belongs to a step of 30 seconds, and no step is taken twice; a recovery
code is used once. Both hold because whoever takes one writes the credentials on condition of the version that was read.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from chalicelib.accounts.credentials import Credentials
from chalicelib.accounts.told import Teller, Told
from chalicelib.writes import Write

STEP_SECONDS = 30
WINDOW = 1
"""Steps by which a phone's clock may be off."""
RECOVERY_CODES = 10
_PHONES = re.compile(r"[0-9]{6}")
_READ_AS = str.maketrans({" ": "", "-": "", "o": "0", "i": "1", "l": "1"})


class OneTimeCodes(Protocol):
    """TOTP as authenticator apps know it."""

    def code(self, secret: str, step: int) -> str:
        """The six digits of a step."""

    def uri(self, secret: str, email: str) -> str:
        """What the app reads from a picture: an otpauth address."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed."""

    text: str
    by_newest: bool
    """Whether the newest key seals it: what an older one seals is to be sealed anew while that still counts."""


class Sealer(Protocol):
    """Seals texts that only the product may read again, each for one owner."""

    def seal(self, text: str, owner: str) -> str:
        """The text, unreadable and unchangeable. Raises Unavailable."""

    def open(self, sealed: str, owner: str) -> Opened | None:
        """The text, or None where no key that counts opens it. Raises Unavailable."""


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """Checks codes."""

    codes: OneTimeCodes
    sealer: Sealer
    teller: Teller

    def passed(
        self, account_id: str, credentials: Credentials, code: str | None, now: int
    ) -> tuple[Credentials, Sequence[Write]] | None:
        """The credentials after this code was taken, and what their owner is told; None for a wrong one.

        As they were where no second factor is on. Nothing counts before the credentials are committed.
        """
        if not credentials.has_second_factor:
            return credentials, ()
        typed = _typed(code or "")
        if _PHONES.fullmatch(typed):
            after = self.after_code(credentials, typed, now)
            return None if after is None else (after, ())
        return self._after_recovery(account_id, credentials, typed, now)

    def after_code(self, credentials: Credentials, code: str, now: int) -> Credentials | None:
        """The credentials after a code of the phone, also while the second factor is not yet on; None for a wrong one.

        What an older key has sealed is sealed anew.
        """
        owner = credentials.user_id
        opened = self.sealer.open(credentials.totp_sealed or "", owner)
        step = None if opened is None else self._step(opened.text, _typed(code), now)
        if opened is None or step is None or step <= credentials.totp_last_step:
            return None
        sealed = credentials.totp_sealed if opened.by_newest else self.sealer.seal(opened.text, owner)
        return replace(credentials, totp_last_step=step, totp_sealed=sealed)

    def _step(self, secret: str, code: str, now: int) -> int | None:
        """The newest step around this moment that has this code. All are worked out, whichever it is."""
        current = now // STEP_SECONDS
        steps = range(max(0, current - WINDOW), current + WINDOW + 1)
        given = code.encode()
        found = [step for step in steps if hmac.compare_digest(self.codes.code(secret, step).encode(), given)]
        return max(found, default=None)

    def _after_recovery(
        self, account_id: str, credentials: Credentials, typed: str, now: int
    ) -> tuple[Credentials, Sequence[Write]] | None:
        left = tuple(one for one in credentials.recovery_hashes if one != _hash(typed))
        if len(left) == len(credentials.recovery_hashes):
            return None
        facts: dict[str, str | int] = {"used_at": now, "left": len(left)}
        told = self.teller.telling(account_id, Told.RECOVERY_CODE_USED, now, facts)
        return replace(credentials, recovery_hashes=left), [told]


def recovery_hash(code: str) -> str:
    """What is kept of a recovery code. It has 80 random bits: a plain hash is enough."""
    return _hash(_typed(code))


def _typed(code: str) -> str:
    """A code however it was typed: in groups, in capitals, with letters for the digits that they look like."""
    return code.lower().translate(_READ_AS)


def _hash(typed: str) -> str:
    return sha256(typed.encode()).hexdigest()
