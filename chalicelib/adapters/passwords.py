"""Passwords by two libraries: argon2-cffi hashes them, zxcvbn tells which are easy to guess."""

from collections.abc import Sequence
from functools import cached_property

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1
"""OWASP's parameters for argon2id: some fifty milliseconds."""
LEAST_SCORE = 3
"""zxcvbn counts from 0 to 4; 3 is "safely unguessable: moderate protection from offline slow-hash scenario"."""
_LONGEST_JUDGED = 32
"""zxcvbn takes time in the square of the length, and seconds for what is all signs that stand for letters. Nobody
guesses what is longer: where the beginning is good, all of it is."""


class Argon2Hasher:
    """A PasswordHasher."""

    def __init__(self) -> None:
        self._argon2 = Argon2(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)

    def hash(self, password: str) -> str:
        """A hash in the PHC form."""
        return self._argon2.hash(password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; nobody's hash costs the same."""
        try:
            return self._argon2.verify(password_hash or self._nobodys, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters."""
        return self._argon2.check_needs_rehash(password_hash)

    @cached_property
    def _nobodys(self) -> str:
        return self._argon2.hash("")


class ZxcvbnJudge:
    """A PasswordJudge."""

    def weakness(self, password: str, known: Sequence[str]) -> str | None:
        """What makes it easy to guess, in zxcvbn's words."""
        judged = zxcvbn(password[:_LONGEST_JUDGED], user_inputs=list(known), max_length=_LONGEST_JUDGED)
        if int(judged["score"]) >= LEAST_SCORE:
            return None
        advice = [judged["feedback"]["warning"], *judged["feedback"]["suggestions"]]
        sentences = [text.rstrip(".") + "." for text in advice if text]
        return " ".join(sentences) or "Add another word or two."
