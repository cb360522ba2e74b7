"""Who somebody is: what they see of themselves, and their name."""

from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import Credentials, CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.names import plain_name
from chalicelib.accounts.users import User, Users


@dataclass(frozen=True, slots=True)
class Person:
    """A user, and how they can prove who they are."""

    user: User
    credentials: Credentials


@dataclass(frozen=True, slots=True)
class Profile:
    """The use cases of one's own profile."""

    users: Users
    credentials: CredentialStore
    decisions: Decisions

    def get(self, user_id: str) -> Person:
        """Two reads. Raises NotFound."""
        known = self.credentials.credentials(user_id)
        return Person(self.users.get(user_id), known or Credentials(user_id))

    def rename(self, user_id: str, name: str) -> Person:
        """Another name. Raises Invalid with invalid_name, and Unavailable."""
        shown = plain_name(name, "A name", field="name")

        def renamed() -> Decided[None]:
            user = self.users.get(user_id)
            return Decided(None, self.users.store.replacing(user, replace(user, name=shown)))

        self.decisions.carry_out(renamed)
        return self.get(user_id)
