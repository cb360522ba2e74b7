"""Throttles: who fails again and again has to wait, longer each time. docs/rules.md, "Accounts".

A try is counted before it is looked at, so that a hundred at once are a hundred; success forgets them. What is counted
is named by a hash, so that no address is kept for it.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from chalicelib.clock import DAY, MINUTE
from chalicelib.errors import LostRace, OutcomeUnknown, TooManyRequests


@dataclass(frozen=True, slots=True)
class Limit:
    """How many tries are free, and how the wait after each further one grows: it doubles, up to the longest."""

    kind: str
    free_tries: int
    first_wait_seconds: int
    longest_wait_seconds: int
    forgotten_after_seconds: int
    """Tries are forgotten when there has been none for so long."""

    def wait_after(self, tries: int) -> int:
        """Seconds until the next try after so many."""
        beyond = tries - self.free_tries
        return 0 if beyond < 0 else min(self.first_wait_seconds << min(beyond, 32), self.longest_wait_seconds)


LOG_IN_BY_ACCOUNT = Limit("login", 5, 1, 15 * MINUTE, DAY)
LOG_IN_BY_ADDRESS = Limit("login-from", 30, 1, MINUTE, 15 * MINUTE)
"""A whole campus may share one address: it never waits long, and is forgiven soon."""
MAIL_BY_ACCOUNT = Limit("mail", 3, MINUTE, 60 * MINUTE, DAY)
"""E-mails that anybody can cause to be sent to an address."""
MAIL_BY_ADDRESS = Limit("mail-from", 20, 10, 15 * MINUTE, 60 * MINUTE)
RESET_BY_ACCOUNT = Limit("reset", 3, MINUTE, 60 * MINUTE, DAY)
"""Counted apart from other e-mails, so that nobody can keep a link for a new password from its owner."""
PASSWORD_IN_SESSION = Limit("password", 5, 1, 15 * MINUTE, DAY)
"""Passwords asked for again of somebody who has logged in."""
CODE_BY_USER = Limit("code", 5, 1, 15 * MINUTE, DAY)
"""Codes of a second factor, wherever they are asked for: six digits are soon tried through."""


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of one subject."""

    key: str
    count: int
    may_try_at: int
    forgotten_at: int


class ThrottleStore(Protocol):
    """Counters that expire. Reads are consistent."""

    def tries(self, key: str) -> Tries | None:
        """The counter, in one read."""

    def count(self, before: Tries | None, after: Tries) -> None:
        """Write the counter. Raises LostRace where somebody else has counted since `before`, OutcomeUnknown."""

    def forget(self, key: str) -> None:
        """Remove the counter, whether or not it is there. Raises OutcomeUnknown."""


TURNS = 3
"""Writers that meet more often than that are too many anyway."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """Counts tries."""

    store: ThrottleStore

    def take(self, limit: Limit, subject: str, now: int) -> None:
        """Count a try. Raises TooManyRequests while the subject has to wait; that one is not counted."""
        for _ in range(TURNS):
            before = self.store.tries(_key(limit, subject))
            known = before if before is not None and now < before.forgotten_at else None
            if known is not None and now < known.may_try_at:
                raise _too_many(known.may_try_at - now)
            try:
                return self.store.count(before, _counted(known, limit, subject, now))
            except (LostRace, OutcomeUnknown):
                continue
        raise _too_many(1)

    def forget(self, limit: Limit, subject: str) -> None:
        """Success: the subject starts afresh. Whether that was written down keeps nobody out."""
        try:
            self.store.forget(_key(limit, subject))
        except OutcomeUnknown:
            return


def _counted(known: Tries | None, limit: Limit, subject: str, now: int) -> Tries:
    count = (known.count if known else 0) + 1
    return Tries(
        key=_key(limit, subject),
        count=count,
        may_try_at=now + limit.wait_after(count),
        forgotten_at=now + limit.forgotten_after_seconds,
    )


def _key(limit: Limit, subject: str) -> str:
    return f"{limit.kind}#{sha256(subject.encode()).hexdigest()}"


def _too_many(seconds: int) -> TooManyRequests:
    unit = "second" if seconds == 1 else "seconds"
    return TooManyRequests(f"Too many tries. Try again in {seconds} {unit}.", retry_after_seconds=seconds)
