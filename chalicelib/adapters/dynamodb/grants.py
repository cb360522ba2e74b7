"""Grants of the command line's log-in, in the table `identity`, each under the hash of its code."""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.cli_login import Grant
from chalicelib.adapters.dynamodb.identity import Item, get
from chalicelib.adapters.dynamodb.tables import bind, is_present
from chalicelib.adapters.dynamodb.transaction import TableWrite, Update, put_new
from chalicelib.clock import DAY

KEPT_SECONDS = DAY
"""So long a second use of a code is noticed."""


class GrantRecord(Item):
    """A grant."""

    code_hash = UnicodeAttribute()
    user_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    redirect_uri = UnicodeAttribute()
    code_challenge = UnicodeAttribute()
    created_at = NumberAttribute()
    token_hash = UnicodeAttribute(null=True)
    expires_at = NumberAttribute()


class DynamoGrants:
    """A GrantStore."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._grants = bind(GrantRecord, table_name, connection)

    def grant(self, code_hash: str) -> Grant | None:
        """The grant of a code, in one read."""
        record = get(self._grants, f"code#{code_hash}", "code")
        if record is None:
            return None
        return Grant(
            code_hash=record.code_hash,
            user_id=record.user_id,
            account_id=record.account_id,
            redirect_uri=record.redirect_uri,
            code_challenge=record.code_challenge,
            created_at=int(record.created_at),
            token_hash=record.token_hash,
        )

    def granting(self, grant: Grant) -> Sequence[TableWrite]:
        """The write that keeps a new one."""
        record = self._grants(
            f"code#{grant.code_hash}",
            "code",
            code_hash=grant.code_hash,
            user_id=grant.user_id,
            account_id=grant.account_id,
            redirect_uri=grant.redirect_uri,
            code_challenge=grant.code_challenge,
            created_at=grant.created_at,
            token_hash=grant.token_hash,
            expires_at=grant.created_at + KEPT_SECONDS,
        )
        return [put_new(record)]

    def using(self, grant: Grant, token_hash: str) -> Sequence[TableWrite]:
        """The write that uses it up. Committing it raises LostRace where it has been."""
        model = self._grants
        unused = is_present(model) & model.token_hash.does_not_exist()
        record = model(f"code#{grant.code_hash}", "code")
        return [Update(record, [model.token_hash.set(token_hash)], unused)]
