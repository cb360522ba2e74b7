"""A TokenStore: API tokens in the table `identity`, each under its hash and its account."""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.tokens import ApiToken, Origin
from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.fields import moment_or_none
from chalicelib.adapters.dynamodb.identity import Item, PointerRecord, get, listed
from chalicelib.adapters.dynamodb.rosters import RosterRecord, entered
from chalicelib.adapters.dynamodb.tables import bind, is_present
from chalicelib.adapters.dynamodb.transaction import Delete, TableWrite, Update, commit, put_new


class TokenRecord(Item):
    """An API token."""

    token_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    user_id = UnicodeAttribute()
    display_name = UnicodeAttribute()
    description = UnicodeAttribute()
    prefix = UnicodeAttribute()
    secret_hash = UnicodeAttribute()
    created_at = NumberAttribute()
    expires_at = NumberAttribute(null=True, attr_name="good_until")
    """Named apart in the table, where `expires_at` lets DynamoDB delete an item: expired tokens stay listed."""
    disabled_at = NumberAttribute(null=True)
    last_used_at = NumberAttribute(null=True)
    origin = UnicodeAttribute()
    maker_id = UnicodeAttribute(null=True)


class DynamoTokens:
    """API tokens. All reads are consistent."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._connection = connection
        self._tokens = bind(TokenRecord, table_name, connection)
        self._pointers = bind(PointerRecord, table_name, connection)
        self._rosters = bind(RosterRecord, table_name, connection)

    def token(self, secret_hash: str) -> ApiToken | None:
        """The token with this hash, in one read."""
        record = get(self._tokens, f"token#{secret_hash}", "token")
        return None if record is None else _token(record)

    def token_of_account(self, account_id: str, token_id: str) -> ApiToken | None:
        """The account's token with this id: two reads."""
        pointer = get(self._pointers, f"account#{account_id}", f"token#{token_id}")
        return None if pointer is None else self.token(pointer.target)

    def tokens(self, account_id: str) -> tuple[ApiToken, ...]:
        """All tokens of an account, newest first: a query and a batch of reads."""
        pointers = listed(self._pointers, f"account#{account_id}", "token#")
        keys = [(f"token#{pointer.target}", "token") for pointer in pointers]
        with reading():
            records = list(self._tokens.batch_get(keys, consistent_read=True))
        return tuple(sorted(map(_token, records), key=lambda token: (token.created_at, token.token_id), reverse=True))

    def adding(self, token: ApiToken) -> Sequence[TableWrite]:
        """The writes that keep a new token. Refused where its account is closed."""
        record = self._tokens(
            f"token#{token.secret_hash}",
            "token",
            token_id=token.token_id,
            account_id=token.account_id,
            user_id=token.user_id,
            display_name=token.display_name,
            description=token.description,
            prefix=token.prefix,
            secret_hash=token.secret_hash,
            created_at=token.created_at,
            expires_at=token.expires_at,
            disabled_at=token.disabled_at,
            last_used_at=token.last_used_at,
            origin=str(token.origin),
            maker_id=token.maker_id,
        )
        pointer = self._pointers(f"account#{token.account_id}", f"token#{token.token_id}", target=token.secret_hash)
        entry = entered(self._rosters, f"account#{token.account_id}", token.token_id)
        return [put_new(record), put_new(pointer), entry]

    def removing(self, token: ApiToken) -> Sequence[Delete]:
        """The writes that remove a token, the token itself first, whether or not it is there."""
        pointer = self._pointers(f"account#{token.account_id}", f"token#{token.token_id}")
        return [Delete(self._tokens(f"token#{token.secret_hash}", "token"), None), Delete(pointer, None)]

    def add(self, token: ApiToken) -> None:
        """Keep a new token. Raises LostRace where it is there already, OutcomeUnknown."""
        commit(self._connection, self.adding(token))

    def disabling(self, token: ApiToken, moment: int) -> Sequence[Update]:
        """The write that records when it was disabled. Refused where it already is."""
        model = self._tokens
        record = model(f"token#{token.secret_hash}", "token")
        condition = is_present(model) & model.disabled_at.does_not_exist()
        return [Update(record, [model.disabled_at.set(moment)], condition)]

    def disable(self, token: ApiToken, moment: int) -> None:
        """Record when it was disabled. Raises LostRace where it already is, OutcomeUnknown."""
        commit(self._connection, self.disabling(token, moment))

    def record_use(self, token: ApiToken, hour: int) -> None:
        """Record the hour of a use, unless that one or a later one is there. Raises LostRace, OutcomeUnknown."""
        model = self._tokens
        record = model(f"token#{token.secret_hash}", "token")
        earlier = model.last_used_at.does_not_exist() | (model.last_used_at < hour)
        commit(self._connection, [Update(record, [model.last_used_at.set(hour)], is_present(model) & earlier)])


def _token(record: TokenRecord) -> ApiToken:
    return ApiToken(
        token_id=record.token_id,
        account_id=record.account_id,
        user_id=record.user_id,
        display_name=record.display_name,
        description=record.description,
        prefix=record.prefix,
        secret_hash=record.secret_hash,
        created_at=int(record.created_at),
        expires_at=moment_or_none(record.expires_at),
        disabled_at=moment_or_none(record.disabled_at),
        last_used_at=moment_or_none(record.last_used_at),
        origin=Origin(record.origin),
        maker_id=record.maker_id,
    )
