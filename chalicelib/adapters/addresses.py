"""Where an account's mail goes: to its owner, as the identity store knows them now."""

from chalicelib.accounts.users import UserStore
from chalicelib.errors import NotFound
from chalicelib.notices.mailer import Recipient


class OwnerAddresses:
    """The notices' Addresses over the users' store."""

    def __init__(self, users: UserStore) -> None:
        self._users = users

    def of(self, account_id: str) -> Recipient:
        """The first member of the account. Raises NotFound."""
        members = self._users.members(account_id)
        if not members:
            raise NotFound("This account has no user.")
        return Recipient(members[0].email, members[0].name)
