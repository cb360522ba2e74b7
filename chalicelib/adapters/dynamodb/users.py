"""A UserStore: users in the table `identity`, each under its id, its address and its account."""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.users import NOBODY, User
from chalicelib.adapters.dynamodb.fields import moment_or_none
from chalicelib.adapters.dynamodb.identity import Item, PointerRecord, get, listed
from chalicelib.adapters.dynamodb.tables import bind
from chalicelib.adapters.dynamodb.transaction import Delete, Put, TableWrite, Update, put_new


class UserRecord(Item):
    """A user."""

    user_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    email = UnicodeAttribute()
    name = UnicodeAttribute()
    created_at = NumberAttribute()
    email_verified_at = NumberAttribute(null=True)
    closed_at = NumberAttribute(null=True)


class ClosedUserRecord(Item):
    """What is left of a user in the place of the record above."""

    user_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    created_at = NumberAttribute()
    closed_at = NumberAttribute()


class DynamoUsers:
    """Users. All reads are consistent."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._users = bind(UserRecord, table_name, connection)
        self._closed_users = bind(ClosedUserRecord, table_name, connection)
        self._pointers = bind(PointerRecord, table_name, connection)

    def user(self, user_id: str) -> User | None:
        """The user with this id; nobody once their account is closed."""
        record = get(self._users, f"user#{user_id}", "user")
        return None if record is None or record.closed_at is not None else _user(record)

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

    def closing(self, user: User, now: int) -> Sequence[TableWrite]:
        """The writes that leave a user's id and nothing that tells who it was. Refused where somebody was first."""
        model = self._users
        left = self._closed_users(
            f"user#{user.user_id}",
            "user",
            user_id=user.user_id,
            account_id=user.account_id,
            created_at=user.created_at,
            closed_at=now,
        )
        claim = self._pointers(f"email#{user.email}", "email")
        return [Put(left, model.email == user.email), Delete(claim, self._pointers.target == user.user_id)]


def _user(record: UserRecord) -> User:
    return User(
        user_id=record.user_id,
        account_id=record.account_id,
        email=record.email,
        name=record.name,
        created_at=int(record.created_at),
        email_verified_at=moment_or_none(record.email_verified_at),
    )
