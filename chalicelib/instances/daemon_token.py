"""The token of a daemon: what it may say it is. docs/rules.md, "Daemons".

Signed and not stored: a record names the one token of its machine that counts, and an older one opens nothing. That of
a rented server is made of its rental and the attempt alone, so that a launch that is repeated says the same again.
"""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.instances.rental import Rental

SIGNED_FOR = "daemon"
ISSUER = "gpu-cloud-billing"


@dataclass(frozen=True, slots=True)
class DaemonToken:
    """What a token says. It does not expire."""

    machine_id: str
    account_id: str
    token_id: str
    issued_at: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A token that we have signed."""

    token: DaemonToken
    signed_by_newest: bool
    """Whether with the newest secret; with an older one it has to be renewed before that one is forgotten."""


class TokenSeal(Protocol):
    """Signs tokens and reads them. `adapters/daemon_tokens.py` is one."""

    def sealed(self, token: DaemonToken) -> str:
        """The token in text: for the same token and secret always the same."""

    def opened(self, text: str) -> Opened | None:
        """The token of a text, or None where it is not ours."""


def token_of_rental(rental: Rental) -> DaemonToken:
    """The token of a rented server's present launch."""
    return DaemonToken(rental.rental_id, rental.account_id, str(rental.attempt), rental.created_at)
