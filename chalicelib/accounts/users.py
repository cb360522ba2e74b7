"""Users: who logs in and where their mail goes. What they own is an account, whose record is billing's."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.errors import Invalid, NotFound
from chalicelib.writes import Write

LONGEST_EMAIL = 254
"""RFC 5321 leaves that much of a path of 256 characters."""

NOBODY = "user_00000000000000000000"
"""No user has this id. Read in the place of one that is not there, so that both take as long."""

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(
    rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>(?:{_LABEL}\.)+(?P<top>{_LABEL}))",
    re.ASCII,
)
_LONGEST_LOCAL = 64


@dataclass(frozen=True, slots=True)
class User:
    """A person with a login. Moments in UTC seconds; `email` is already normal, see `normal_email`."""

    user_id: str
    account_id: str
    email: str
    name: str
    created_at: int
    email_verified_at: int | None = None

    @property
    def email_verified(self) -> bool:
        """Whether they may rent and pay. Until then they may look around."""
        return self.email_verified_at is not None


class UserStore(Protocol):
    """Users, their addresses and the accounts they belong to. Reads are consistent."""

    def user(self, user_id: str) -> User | None:
        """The user with this id."""

    def user_of_email(self, email: str) -> User | None:
        """The user with this normal address."""

    def members(self, account_id: str) -> tuple[User, ...]:
        """Everybody who belongs to an account."""

    def replacing(self, before: User, after: User) -> Sequence[Write]:
        """The writes that change name, address or its verification. LostRace where the new address is taken."""

    def opening(self, user: User) -> Sequence[Write]:
        """The writes that make a user. Committing them raises LostRace where the address is taken."""


@dataclass(frozen=True, slots=True)
class Users:
    """Finding users."""

    store: UserStore

    def get(self, user_id: str) -> User:
        """The user with this id. Raises NotFound."""
        return _found(self.store.user(user_id))

    def of_email(self, text: str) -> User:
        """The user with this address, however it is capitalised. Raises NotFound, and Invalid for no address."""
        return _found(self.store.user_of_email(normal_email(text)))

    def of_account(self, account_id: str) -> tuple[User, ...]:
        """Everybody who belongs to an account: today one. Empty for an account that does not exist."""
        return self.store.members(account_id)


def normal_email(text: str, *, field: str = "email") -> str:
    """The address in lower case, as it is stored and compared.

    Stricter than RFC 5322: ASCII, no quotes, comments or bare hosts, so nothing that could break out of a header.
    Raises Invalid.
    """
    address = text.strip(" ").lower()
    match = _EMAIL.fullmatch(address) if text.isascii() and len(address) <= LONGEST_EMAIL else None
    if match is None or len(match["local"]) > _LONGEST_LOCAL or match["top"].isdigit():
        message = "An e-mail address looks like name@example.com."
        raise Invalid(message, code="invalid_email", field=field)
    return address


def _found(user: User | None) -> User:
    if user is None:
        raise NotFound("There is no such user.")
    return user
