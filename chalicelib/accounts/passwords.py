"""Passwords: what is taken for one. docs/rules.md, "Accounts".

Any characters, exactly as they were sent; nothing is prescribed but a length, and that nobody would guess it.
"""

import re
from collections.abc import Sequence
from typing import Protocol

from chalicelib.errors import Invalid

SHORTEST = 12
LONGEST = 128
"""Counted in characters before anything is worked out: a long text would cost seconds."""
SHORTEST_WORD = 3
LEAST_OWN = 6
"""Characters of a password that are not words which others know."""
OURS = "thestage stage"
"""Words that everybody thinks of who is on our pages."""


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
    """What others know of a person, and try first: whole, and word by word."""
    return [email, name, *email.split("@"), *re.findall(r"[^\W_]+", f"{email} {name} {OURS}")]


def check_password(password: str, judge: PasswordJudge, known: Sequence[str], *, field: str = "password") -> None:
    """Raises Invalid for what is no password for us."""
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"A password has {SHORTEST} to {LONGEST} characters."
        raise Invalid(message, code="weak_password", field=field)
    weakness = _made_of(known, password) or judge.weakness(password, known)
    if weakness is not None:
        raise Invalid(f"This password is easy to guess. {weakness}", code="weak_password", field=field)


def _made_of(known: Sequence[str], password: str) -> str | None:
    """Why it says little beside what others know: a judge of words takes two of them for a good password."""
    left = password.casefold()
    for word in sorted(map(str.casefold, known), key=len, reverse=True):
        left = left.replace(word, "") if len(word) >= SHORTEST_WORD else left
    return "It is made of your name or address." if len(left) < LEAST_OWN else None
