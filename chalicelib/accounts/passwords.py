"""Passwords: what is taken for one. docs/rules.md, "Accounts".

Any characters, exactly as they were sent; nothing is prescribed but a length, and that nobody would guess it.
"""

from collections.abc import Sequence
from typing import Protocol

from chalicelib.errors import Invalid

SHORTEST = 12
LONGEST = 128
"""Counted in characters before anything is worked out: a long text would cost seconds."""


class PasswordHasher(Protocol):
    """argon2id. Each call takes some fifty milliseconds and 19 MiB, by intention."""

    def hash(self, password: str) -> str:
        """A hash in the PHC form, with a salt of its own."""

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password. Without a hash it does the same work and says no."""

    def is_outdated(self, password_hash: str) -> bool:
        """Whether it was made with other parameters than ours are now."""


class PasswordJudge(Protocol):
    """Tells whether a password is one that somebody would guess."""

    def weakness(self, password: str, known: Sequence[str]) -> str | None:
        """Why it is too easy to guess, as a sentence, or None. `known` is what others know of its owner."""


def known_of(email: str, name: str) -> list[str]:
    """What others know of a person, and try first."""
    return [email, name, *email.split("@")]


def check_password(password: str, judge: PasswordJudge, known: Sequence[str], *, field: str = "password") -> None:
    """Raises Invalid for what is no password for us."""
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"A password has {SHORTEST} to {LONGEST} characters."
        raise Invalid(message, code="weak_password", field=field)
    weakness = judge.weakness(password, known)
    if weakness is not None:
        raise Invalid(f"This password is easy to guess. {weakness}", code="weak_password", field=field)
