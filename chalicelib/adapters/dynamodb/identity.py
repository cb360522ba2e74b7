"""Users, API tokens and SSH keys in the table `identity`, whose items are listed in `identity_items.py`.

A token is one item: authenticating is one read, and disabling one write.
"""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.ssh_keys import SshKey
from chalicelib.accounts.tokens import ApiToken, Origin
from chalicelib.accounts.users import NOBODY, User
from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.identity_items import Item, PointerRecord, get, listed, moment
from chalicelib.adapters.dynamodb.tables import bind, is_present
from chalicelib.adapters.dynamodb.transaction import Delete, Put, TableWrite, Update, commit, put_new


class UserRecord(Item):
    """A user."""

    user_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    created_at = NumberAttribute()
    email_verified_at = NumberAttribute(null=True)


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


class SshKeyRecord(Item):
    """An SSH key."""

    key_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    canonical = UnicodeAttribute()
    comment = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    created_at = NumberAttribute()


class IdentityStore:
    """UserStore, TokenStore and SshKeyStore of the slice `accounts`, in one table. All reads are consistent."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._connection = connection
        self._users = bind(UserRecord, table_name, connection)
        self._pointers = bind(PointerRecord, table_name, connection)
        self._tokens = bind(TokenRecord, table_name, connection)
        self._ssh_keys = bind(SshKeyRecord, table_name, connection)

    def user(self, user_id: str) -> User | None:
        """The user with this id."""
        record = get(self._users, f"user#{user_id}", "user")
        return None if record is None else _user(record)

    def user_of_email(self, email: str) -> User | None:
        """The user with this normal address: two reads, also for nobody's, so that the time does not tell."""
        pointer = get(self._pointers, f"email#{email}", "email")
        return self.user(pointer.target if pointer is not None else NOBODY)

    def members(self, account_id: str) -> tuple[User, ...]:
        """Everybody who belongs to an account: a query, and a read for each."""
        users = (self.user(pointer.target) for pointer in listed(self._pointers, f"account#{account_id}", "user#"))
        return tuple(user for user in users if user is not None)

    def opening(self, user: User) -> Sequence[Put]:
        """The writes that make a user, refused where the id or the address is taken."""
        record = self._users(
            f"user#{user.user_id}",
            "user",
            user_id=user.user_id,
            account_id=user.account_id,
            email=user.email,
            name=user.name,
            created_at=user.created_at,
            email_verified_at=user.email_verified_at,
        )
        claim = self._pointers(f"email#{user.email}", "email", target=user.user_id)
        member = self._pointers(f"account#{user.account_id}", f"user#{user.user_id}", target=user.user_id)
        return [put_new(record), put_new(claim), put_new(member)]

    def replacing(self, before: User, after: User) -> Sequence[TableWrite]:
        """The writes that change a user; the claim on the address moves with it. Refused where somebody was first."""
        model = self._users
        record = model(f"user#{before.user_id}", "user")
        actions = [model.name.set(after.name), model.email.set(after.email)]
        if after.email_verified_at is not None:
            actions.append(model.email_verified_at.set(after.email_verified_at))
        unverified = model.email_verified_at.does_not_exist()
        as_verified = unverified if before.email_verified_at is None else ~unverified
        writes: list[TableWrite] = [Update(record, actions, (model.email == before.email) & as_verified)]
        if after.email != before.email:
            writes.append(put_new(self._pointers(f"email#{after.email}", "email", target=after.user_id)))
            writes.append(Delete(self._pointers(f"email#{before.email}", "email"), None))
        return writes

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

    def adding(self, token: ApiToken) -> Sequence[Put]:
        """The writes that keep a new token."""
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
        return [put_new(record), put_new(pointer)]

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

    def ssh_keys(self, account_id: str) -> tuple[SshKey, ...]:
        """All keys of an account, oldest first, by one query."""
        keys = map(_ssh_key, listed(self._ssh_keys, f"account#{account_id}", "key#"))
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.key_id)))

    def ssh_key(self, account_id: str, fingerprint: str) -> SshKey | None:
        """The account's key with this fingerprint, in one read."""
        record = get(self._ssh_keys, f"account#{account_id}", f"key#{fingerprint}")
        return None if record is None else _ssh_key(record)

    def add_ssh_key(self, key: SshKey) -> None:
        """Keep a key. Raises LostRace where the account has it already, OutcomeUnknown."""
        record = self._ssh_keys(
            f"account#{key.account_id}",
            f"key#{key.fingerprint}",
            key_id=key.key_id,
            account_id=key.account_id,
            name=key.name,
            canonical=key.canonical,
            comment=key.comment,
            fingerprint=key.fingerprint,
            created_at=key.created_at,
        )
        commit(self._connection, [put_new(record)])

    def delete_ssh_key(self, key: SshKey) -> None:
        """Remove a key. Raises LostRace where it is gone or another, OutcomeUnknown."""
        record = self._ssh_keys(f"account#{key.account_id}", f"key#{key.fingerprint}")
        commit(self._connection, [Delete(record, self._ssh_keys.key_id == key.key_id)])


def _user(record: UserRecord) -> User:
    return User(
        user_id=record.user_id,
        account_id=record.account_id,
        email=record.email,
        name=record.name,
        created_at=int(record.created_at),
        email_verified_at=moment(record.email_verified_at),
    )


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
        expires_at=moment(record.expires_at),
        disabled_at=moment(record.disabled_at),
        last_used_at=moment(record.last_used_at),
        origin=Origin(record.origin),
        maker_id=record.maker_id,
    )


def _ssh_key(record: SshKeyRecord) -> SshKey:
    return SshKey(
        key_id=record.key_id,
        account_id=record.account_id,
        name=record.name,
        canonical=record.canonical,
        comment=record.comment,
        fingerprint=record.fingerprint,
        created_at=int(record.created_at),
    )
