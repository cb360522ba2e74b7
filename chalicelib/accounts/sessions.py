"""Sessions: a person who has logged in in a browser. docs/rules.md, "Accounts".

The cookie holds a secret of over 200 bits; its SHA-256 is kept. A session ends when nobody has used it for a day, a
month after the log-in whatever happens, when its owner ends it, and with every change of the password.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.accounts.principal import Client, Principal
from chalicelib.accounts.tokens import hash_of
from chalicelib.clock import DAY, MINUTE
from chalicelib.errors import LostRace, NotFound, OutcomeUnknown, Unauthenticated, Unavailable
from chalicelib.ids import Ids, is_secret
from chalicelib.writes import Write

IDLE_SECONDS = DAY
LONGEST_SECONDS = 30 * DAY
RECENT_SECONDS = 10 * MINUTE
"""How long a log-in stands for a password that its owner does not have."""
SEEN_STEP_SECONDS = 10 * MINUTE
"""How exactly the last use is kept: one write in that time, however busy a session is."""
MOST_SESSIONS = 20
"""Sessions of one user: the oldest ends where another begins. Two log-ins at once may pass it by one."""
LONGEST_DEVICE = 200


@dataclass(frozen=True, slots=True)
class Session:
    """What is kept of a session. Moments in UTC seconds."""

    session_id: str
    secret_hash: str
    user_id: str
    account_id: str
    display_name: str
    """The user's address when it began."""
    client: Client
    began_at: int
    seen_at: int
    """Its last use, exact to SEEN_STEP_SECONDS."""

    @property
    def ends_at(self) -> int:
        """The first second at which it opens nothing, as things stand."""
        return min(self.seen_at + IDLE_SECONDS, self.began_at + LONGEST_SECONDS)

    def use_to_record(self, now: int) -> int | None:
        """The moment to write down for a use at that moment, or None where a close one is there."""
        return now if now >= self.seen_at + SEEN_STEP_SECONDS else None


@dataclass(frozen=True, slots=True)
class Begun:
    """A new session with its secret, which nobody can see again; nothing stands before `writes` are committed."""

    session: Session
    writes: Sequence[Write]
    secret: str = field(repr=False)

    @property
    def lasts_seconds(self) -> int:
        """How long it can last: after that a browser need not keep the secret."""
        return LONGEST_SECONDS


class SessionStore(Protocol):
    """Sessions. Reads are consistent, so that one that has ended is refused at once."""

    def session(self, secret_hash: str) -> Session | None:
        """The session with this hash, in one read of one record."""

    def sessions(self, user_id: str) -> tuple[Session, ...]:
        """All sessions of a user that are kept, oldest first; some may have run out."""

    def beginning(self, session: Session) -> Sequence[Write]:
        """The writes that keep a new session."""

    def ending(self, session: Session) -> Sequence[Write]:
        """The writes that end one, whether or not it is still there."""

    def end(self, sessions: Sequence[Session]) -> None:
        """End them. Raises OutcomeUnknown, Unavailable."""

    def record_use(self, session: Session, moment: int) -> None:
        """Record a use, unless it has ended meanwhile. Raises LostRace, OutcomeUnknown."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The use cases of sessions."""

    store: SessionStore
    ids: Ids

    def begin(self, who: Principal, client: Client, now: int) -> Begun:
        """A new session. Ends the oldest where it is full.

        To be committed with the decision that lets somebody in and with new credentials, even if they are as before:
        whoever ends all sessions at the same moment then loses the race, and ends this one too.
        """
        kept = self.store.sessions(who.user_id)
        crowded = kept[: max(0, len(kept) - MOST_SESSIONS + 1)]
        return self._begun(who, client, crowded, now)

    def begin_anew(self, who: Principal, client: Client, now: int) -> Begun:
        """A new session in the place of all others, that of who asks included: a copy of its secret opens nothing."""
        return self._begun(who, client, self.store.sessions(who.user_id), now)

    def _begun(self, who: Principal, client: Client, instead_of: Sequence[Session], now: int) -> Begun:
        secret = self.ids.secret("sess")
        device = "".join(character for character in client.device if character.isprintable())[:LONGEST_DEVICE]
        session = Session(
            session_id=self.ids.new("sess", now),
            secret_hash=hash_of(secret),
            user_id=who.user_id,
            account_id=who.account_id,
            display_name=who.display_name,
            client=client._replace(device=device),
            began_at=now,
            seen_at=now,
        )
        ended = [write for one in instead_of for write in self.store.ending(one)]
        return Begun(session, [*self.store.beginning(session), *ended], secret)

    def authenticate(self, secret: str, now: int) -> Principal:
        """Who calls with this secret. One read; one write in ten minutes.

        Raises Unauthenticated with the codes session_unknown and session_expired. Garbage costs no read.
        """
        session = self.store.session(hash_of(secret)) if is_secret("sess", secret) else None
        if session is None:
            raise Unauthenticated("This session has ended. Log in again.", code="session_unknown")
        if now >= session.ends_at:
            raise Unauthenticated("This session has expired. Log in again.", code="session_expired")
        self._record_use(session, now)
        return Principal(session.user_id, session.account_id, session.display_name, session_id=session.session_id)

    def has_begun(self, begun: Begun) -> bool:
        """Whether this session was committed, where that is not known."""
        return self.store.session(begun.session.secret_hash) is not None

    def is_recent(self, who: Principal, now: int) -> bool:
        """Whether the session that calls began in the last ten minutes."""
        mine = (one for one in self.store.sessions(who.user_id) if one.session_id == who.session_id)
        return any(now < one.began_at + RECENT_SECONDS for one in mine)

    def of_user(self, user_id: str, now: int) -> tuple[Session, ...]:
        """The sessions of a user that are open, newest first."""
        return tuple(one for one in reversed(self.store.sessions(user_id)) if now < one.ends_at)

    def end(self, user_id: str, session_id: str) -> None:
        """End one session of a user; ending it again changes nothing. Raises NotFound for one of somebody else."""
        mine = [one for one in self.store.sessions(user_id) if one.session_id == session_id]
        if not mine:
            raise NotFound("There is no such session.")
        self._end(mine)

    def end_all(self, user_id: str, *, but: str | None = None) -> int:
        """End all sessions of a user but one, and say how many."""
        ended = [one for one in self.store.sessions(user_id) if one.session_id != but]
        self._end(ended)
        return len(ended)

    def ending_all(self, user_id: str) -> list[Write]:
        """The writes that end all sessions of a user with another decision."""
        return [write for one in self.store.sessions(user_id) for write in self.store.ending(one)]

    def _end(self, sessions: Sequence[Session]) -> None:
        try:
            self.store.end(sessions)
        except (LostRace, OutcomeUnknown):
            raise Unavailable("Not every session was ended. Try again.") from None

    def _record_use(self, session: Session, now: int) -> None:
        """Nobody is turned away because the use could not be written down."""
        moment = session.use_to_record(now)
        if moment is None:
            return
        try:
            self.store.record_use(session, moment)
        except (LostRace, OutcomeUnknown, Unavailable):
            return
