"""Opening an account: the user, the claim on the address and the first API token, as writes for one transaction.

The account's line is billing's. Whoever opens an account commits these writes beside it, so that there is never a user
without an account or an account without a user.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.accounts.names import plain_name
from chalicelib.accounts.tokens import Created, TokenOrder, TokenStore, make_token
from chalicelib.accounts.users import User, UserStore, normal_email
from chalicelib.errors import Conflict
from chalicelib.ids import Ids
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class Opened:
    """What opening makes; nothing of it stands before `writes` are committed."""

    user: User
    token: Created
    writes: Sequence[Write]


@dataclass(frozen=True, slots=True)
class Opening:
    """Prepares new accounts."""

    users: UserStore
    tokens: TokenStore
    ids: Ids

    def prepare(self, email: str, now: int, *, verified: bool, name: str | None = None) -> Opened:
        """A user of a new account, with a first token that does not expire.

        Raises Invalid, and Conflict where the address is taken. Should somebody else take it before the commit, that
        raises LostRace: prepare again, and the Conflict tells.
        """
        address = normal_email(email)
        if self.users.user_of_email(address) is not None:
            raise Conflict("There is an account with this e-mail address.", code="email_taken", field="email")
        shown = address.partition("@")[0] if name is None else plain_name(name, "A name", field="name")
        user = User(
            user_id=self.ids.new("user", now),
            account_id=self.ids.new("acct", now),
            email=address,
            name=shown,
            created_at=now,
            email_verified_at=now if verified else None,
        )
        order = TokenOrder(user.account_id, user.user_id, display_name=address, description="First token")
        created = make_token(order, self.ids, now)
        return Opened(user, created, (*self.users.opening(user), *self.tokens.adding(created.token)))
