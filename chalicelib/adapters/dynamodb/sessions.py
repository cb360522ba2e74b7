"""Sessions in the table `identity`: the session under the hash of its secret, and a pointer to it under its user."""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.principal import Client
from chalicelib.accounts.sessions import LONGEST_SECONDS, Session
from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.identity import ExpiringPointer, Item, get, listed
from chalicelib.adapters.dynamodb.rosters import RosterRecord, entered
from chalicelib.adapters.dynamodb.tables import bind, is_present
from chalicelib.adapters.dynamodb.transaction import Delete, TableWrite, Update, commit, put_new

_WRITES = 50
"""Sessions that one transaction ends: two items each."""


class SessionRecord(Item):
    """A session."""

    session_id = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    user_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    display_name = UnicodeAttribute()
    address = UnicodeAttribute()
    device = UnicodeAttribute()
    began_at = NumberAttribute()
    seen_at = NumberAttribute()
    expires_at = NumberAttribute()


class DynamoSessions:
    """A SessionStore."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._connection = connection
        self._sessions = bind(SessionRecord, table_name, connection)
        self._pointers = bind(ExpiringPointer, table_name, connection)
        self._rosters = bind(RosterRecord, table_name, connection)

    def session(self, secret_hash: str) -> Session | None:
        """The session with this hash, in one read."""
        record = get(self._sessions, f"session#{secret_hash}", "session")
        return None if record is None else _session(record)

    def sessions(self, user_id: str) -> tuple[Session, ...]:
        """All sessions of a user, oldest first: a query, and a batch of reads where there are any."""
        pointers = listed(self._pointers, f"user#{user_id}", "session#")
        keys = [(f"session#{pointer.target}", "session") for pointer in pointers]
        with reading():
            records = list(self._sessions.batch_get(keys, consistent_read=True)) if keys else []
        return tuple(sorted(map(_session, records), key=lambda session: (session.began_at, session.session_id)))

    def beginning(self, session: Session) -> Sequence[TableWrite]:
        """The writes that keep a new session. Refused where its user's account is closed."""
        expires_at = session.began_at + LONGEST_SECONDS
        record = self._sessions(
            f"session#{session.secret_hash}",
            "session",
            session_id=session.session_id,
            secret_hash=session.secret_hash,
            user_id=session.user_id,
            account_id=session.account_id,
            display_name=session.display_name,
            address=session.client.address,
            device=session.client.device,
            began_at=session.began_at,
            seen_at=session.seen_at,
            expires_at=expires_at,
        )
        pointer = self._pointers(*_pointer_key(session), target=session.secret_hash, expires_at=expires_at)
        entry = entered(self._rosters, f"user#{session.user_id}", session.session_id)
        return [put_new(record), put_new(pointer), entry]

    def ending(self, session: Session) -> Sequence[TableWrite]:
        """The writes that end one."""
        record = self._sessions(f"session#{session.secret_hash}", "session")
        return [Delete(record, None), Delete(self._pointers(*_pointer_key(session)), None)]

    def end(self, sessions: Sequence[Session]) -> None:
        """End them. Raises OutcomeUnknown, Unavailable."""
        for first in range(0, len(sessions), _WRITES):
            part = sessions[first : first + _WRITES]
            commit(self._connection, [write for one in part for write in self.ending(one)])

    def record_use(self, session: Session, moment: int) -> None:
        """Record a use. Raises LostRace where it has ended, OutcomeUnknown."""
        record = self._sessions(f"session#{session.secret_hash}", "session")
        commit(self._connection, [Update(record, [self._sessions.seen_at.set(moment)], is_present(self._sessions))])


def _pointer_key(session: Session) -> tuple[str, str]:
    return f"user#{session.user_id}", f"session#{session.session_id}"


def _session(record: SessionRecord) -> Session:
    return Session(
        session_id=record.session_id,
        secret_hash=record.secret_hash,
        user_id=record.user_id,
        account_id=record.account_id,
        display_name=record.display_name,
        client=Client(record.address, record.device),
        began_at=int(record.began_at),
        seen_at=int(record.seen_at),
    )
