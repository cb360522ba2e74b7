"""All that somebody has, over the stores of each part; and what closing an account writes into their tables."""

from collections.abc import Sequence

from pynamodb.connection import Connection

from chalicelib.accounts.belongings import Belongings, Rosters
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.users import User
from chalicelib.adapters.dynamodb.links import DynamoLinks
from chalicelib.adapters.dynamodb.notices import DynamoNotices
from chalicelib.adapters.dynamodb.rosters import RosterRecord, closed, newest_of
from chalicelib.adapters.dynamodb.sessions import DynamoSessions
from chalicelib.adapters.dynamodb.ssh_keys import DynamoSshKeys
from chalicelib.adapters.dynamodb.tables import bind
from chalicelib.adapters.dynamodb.tokens import DynamoTokens
from chalicelib.adapters.dynamodb.transaction import TableWrite, commit
from chalicelib.adapters.dynamodb.users import DynamoUsers
from chalicelib.errors import LostRace


class DynamoBelongings:
    """A BelongingsStore."""

    def __init__(self, connection: Connection, table_name: str, notices: DynamoNotices) -> None:
        self._connection = connection
        self._notices = notices
        self._users = DynamoUsers(connection, table_name)
        self._tokens = DynamoTokens(connection, table_name)
        self._keys = DynamoSshKeys(connection, table_name)
        self._sessions = DynamoSessions(connection, table_name)
        self._links = DynamoLinks(connection, table_name)
        self._rosters = bind(RosterRecord, table_name, connection)

    def read(self, who: Principal) -> Belongings:
        """A read of each roster, then a query for each kind."""
        rosters = Rosters(
            newest_of(self._rosters, f"user#{who.user_id}"), newest_of(self._rosters, f"account#{who.account_id}")
        )
        return Belongings(
            rosters=rosters,
            tokens=self._tokens.tokens(who.account_id),
            sessions=self._sessions.sessions(who.user_id),
            keys=self._keys.ssh_keys(who.account_id),
            links=self._links.of_user(who.user_id),
            message_ids=self._notices.with_address(who.account_id),
        )

    def remove_harmless(self, who: Principal, belongings: Belongings, now: int) -> None:
        """A transaction for each piece: whoever dies on the way leaves whole ones."""
        for token in belongings.useless_tokens(now):
            commit(self._connection, self._tokens.removing(token))
        for link in belongings.links:
            commit(self._connection, self._links.removing(link))
        for message_id in belongings.message_ids:
            commit(self._connection, [self._notices.removing(who.account_id, message_id)])
        for key in belongings.keys:
            try:
                self._keys.delete_ssh_key(key)
            except LostRace:
                continue

    def ending(self, user: User, belongings: Belongings, now: int) -> Sequence[TableWrite]:
        """Of tokens and sessions the records that open something; pointers to them tell nobody's name and lead nowhere.

        With 50 tokens and 20 sessions that is what fits into one transaction.
        """
        rosters = belongings.rosters
        return [
            *self._users.closing(user, now),
            closed(self._rosters, f"user#{user.user_id}", rosters.of_user, now),
            closed(self._rosters, f"account#{user.account_id}", rosters.of_account, now),
            *(self._tokens.removing(token)[0] for token in belongings.tokens),
            *(self._sessions.ending(session)[0] for session in belongings.sessions),
        ]
