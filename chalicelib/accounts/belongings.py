"""What somebody has with us beside their money, and that goes when they close their account.

docs/rules.md, "Closing an account". Whatever is added to a user or an account is entered in its *roster* as the newest.
Whoever closes the account reads the rosters, then all there is, and commits on condition of the rosters: nothing is
overlooked that came in between, and nothing comes after.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.accounts.links import Link
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.sessions import Session
from chalicelib.accounts.ssh_keys import SshKey
from chalicelib.accounts.tokens import ApiToken, with_makers
from chalicelib.accounts.users import User
from chalicelib.writes import Write


class Unprepared(Exception):
    """Something has come since an account was made ready for its closing. Make it ready again."""


@dataclass(frozen=True, slots=True)
class Rosters:
    """What was added last to the user and to the account; None where nothing ever was."""

    of_user: str | None
    of_account: str | None


@dataclass(frozen=True, slots=True)
class Belongings:
    """All that one person has."""

    rosters: Rosters
    tokens: tuple[ApiToken, ...]
    sessions: tuple[Session, ...]
    keys: tuple[SshKey, ...]
    links: tuple[Link, ...]
    message_ids: tuple[str, ...]
    """Of the messages that hold an e-mail address."""

    def useless_tokens(self, now: int) -> tuple[ApiToken, ...]:
        """Those that open nothing."""
        return tuple(token for token in with_makers(self.tokens) if token.refusal(now) is not None)

    def is_ready(self, now: int) -> bool:
        """Whether nothing is left but what opens something, which goes with the decision."""
        return not (self.useless_tokens(now) or self.keys or self.links or self.message_ids)


class BelongingsStore(Protocol):
    """Where it all is. Reads are consistent."""

    def read(self, who: Principal) -> Belongings:
        """All of it, the rosters first."""

    def remove_harmless(self, who: Principal, belongings: Belongings, now: int) -> None:
        """Remove what opens nothing, piece by piece: useless tokens, keys, links, messages that hold an address.

        Safe to repeat. Raises OutcomeUnknown, Unavailable.
        """

    def ending(self, user: User, belongings: Belongings, now: int) -> Sequence[Write]:
        """The writes that leave nothing of the user but their id: tokens and sessions end, the address is free.

        Committing them raises LostRace where anything was added or the user was changed since.
        """
