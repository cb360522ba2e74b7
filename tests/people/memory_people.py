"""Stores of people in memory, with the conditions that DynamoDB's have."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from chalicelib.accounts.credentials import Credentials
from chalicelib.accounts.links import Link
from chalicelib.accounts.sessions import Session
from chalicelib.accounts.throttle import Tries
from chalicelib.accounts.told import Told
from chalicelib.accounts.users import NOBODY, User
from chalicelib.errors import LostRace
from chalicelib.writes import Write

ABSENT = object()
ANYTHING = object()


@dataclass(frozen=True)
class MemoryWrite:
    """A write of one record on condition of what is there. The value None removes it."""

    target: str
    value: Any
    read: Any = ANYTHING
    """What was read: the record itself, ABSENT, or ANYTHING."""


@dataclass
class MemoryWrites:
    """What is kept, by its name."""

    records: dict[str, Any] = field(default_factory=dict)

    def commit(self, writes: Sequence[Write]) -> None:
        """All writes or none."""
        steps = [write for write in writes if isinstance(write, MemoryWrite)]
        for step in steps:
            found = self.records.get(step.target, ABSENT)
            if step.read is not ANYTHING and found != step.read:
                raise LostRace(step.target)
        for step in steps:
            if step.value is None:
                self.records.pop(step.target, None)
            else:
                self.records[step.target] = step.value

    @staticmethod
    def commit_of(store: Any) -> Callable[[Sequence[Write]], None]:
        """What commits the writes that a store of this module has made."""
        kept: MemoryWrites = store.kept
        return kept.commit


@dataclass(frozen=True)
class MemoryUsers:
    """A UserStore."""

    kept: MemoryWrites

    def user(self, user_id: str) -> User | None:
        return self.kept.records.get(f"user#{user_id}")

    def user_of_email(self, email: str) -> User | None:
        return self.user(self.kept.records.get(f"email#{email}", NOBODY))

    def members(self, account_id: str) -> tuple[User, ...]:
        users = [one for one in self.kept.records.values() if isinstance(one, User)]
        return tuple(one for one in users if one.account_id == account_id)

    def opening(self, user: User) -> Sequence[Write]:
        return [
            MemoryWrite(f"user#{user.user_id}", user, ABSENT),
            MemoryWrite(f"email#{user.email}", user.user_id, ABSENT),
        ]

    def replacing(self, before: User, after: User) -> Sequence[Write]:
        moved = [MemoryWrite(f"email#{after.email}", after.user_id, ABSENT), MemoryWrite(f"email#{before.email}", None)]
        return [MemoryWrite(f"user#{after.user_id}", after, before), *(moved if after.email != before.email else ())]


@dataclass(frozen=True)
class MemoryTeller:
    """A Teller."""

    kept: MemoryWrites

    def telling(
        self, account_id: str, what: Told, now: int, facts: Mapping[str, str | int], *, to: str | None = None
    ) -> Write:
        return MemoryWrite(f"message#{what}#{now}#{to}", (account_id, what, dict(facts), to))

    def told(self) -> list[Told]:
        """What was told, in the order in which it was written."""
        return [one[1] for name, one in self.kept.records.items() if name.startswith("message#")]


@dataclass(frozen=True)
class MemoryLinks:
    """A LinkStore."""

    kept: MemoryWrites

    def link(self, link_id: str) -> Link | None:
        return self.kept.records.get(f"link#{link_id}")

    def sending(self, link: Link) -> Sequence[Write]:
        return [MemoryWrite(f"link#{link.link_id}", link, ABSENT)]

    def using(self, link: Link, now: int) -> Sequence[Write]:
        used = replace(link, used_at=now, password_hash=None)
        return [MemoryWrite(f"link#{link.link_id}", used, replace(link, used_at=None))]

    def all(self) -> Iterator[Link]:
        return iter([one for one in self.kept.records.values() if isinstance(one, Link)])


@dataclass(frozen=True)
class MemoryThrottles:
    """A ThrottleStore."""

    kept: MemoryWrites

    def tries(self, key: str) -> Tries | None:
        return self.kept.records.get(f"throttle#{key}")

    def count(self, before: Tries | None, after: Tries) -> None:
        read = ABSENT if before is None else before
        self.kept.commit([MemoryWrite(f"throttle#{after.key}", after, read)])

    def forget(self, key: str) -> None:
        self.kept.commit([MemoryWrite(f"throttle#{key}", None)])


@dataclass(frozen=True)
class MemoryCredentials:
    """A CredentialStore."""

    kept: MemoryWrites

    def credentials(self, user_id: str) -> Credentials | None:
        return self.kept.records.get(f"credentials#{user_id}")

    def replacing(self, before: Credentials | None, after: Credentials) -> Sequence[Write]:
        written = replace(after, version=(before.version if before else 0) + 1)
        return [MemoryWrite(f"credentials#{after.user_id}", written, ABSENT if before is None else before)]

    def removing(self, credentials: Credentials) -> Sequence[Write]:
        return [MemoryWrite(f"credentials#{credentials.user_id}", None, credentials)]


@dataclass(frozen=True)
class MemorySessions:
    """A SessionStore."""

    kept: MemoryWrites

    def session(self, secret_hash: str) -> Session | None:
        return self.kept.records.get(f"session#{secret_hash}")

    def sessions(self, user_id: str) -> tuple[Session, ...]:
        mine = [one for one in self.kept.records.values() if isinstance(one, Session) and one.user_id == user_id]
        return tuple(sorted(mine, key=lambda session: (session.began_at, session.session_id)))

    def beginning(self, session: Session) -> Sequence[Write]:
        return [MemoryWrite(f"session#{session.secret_hash}", session, ABSENT)]

    def ending(self, session: Session) -> Sequence[Write]:
        return [MemoryWrite(f"session#{session.secret_hash}", None)]

    def end(self, sessions: Sequence[Session]) -> None:
        self.kept.commit([write for session in sessions for write in self.ending(session)])

    def record_use(self, session: Session, moment: int) -> None:
        name = f"session#{session.secret_hash}"
        self.kept.commit([MemoryWrite(name, replace(session, seen_at=moment), session)])
