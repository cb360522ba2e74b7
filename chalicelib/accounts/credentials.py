"""Credentials: what users can prove themselves by, beside the mailbox. Kept apart from them, and read to log in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class Credentials:
    """One user's. Every write is conditional on the version that was read."""

    user_id: str
    password_hash: str | None = field(default=None, repr=False)
    """argon2id in the PHC form; None for somebody who comes by Google alone."""
    reset_link_id: str | None = None
    """The newest link for a new password: an older one opens nothing."""
    email_link_id: str | None = None
    """The newest link for a change of address."""
    google_subject: str | None = None
    """Issuer and subject of the linked Google identity, as `issuer subject`."""
    totp_sealed: str | None = field(default=None, repr=False)
    """The second factor's secret, sealed. It counts once `totp_since` is set."""
    totp_since: int | None = None
    totp_last_step: int = 0
    """The last 30 seconds whose code was taken: none is taken twice."""
    recovery_hashes: tuple[str, ...] = field(default=(), repr=False)
    """SHA-256 of the recovery codes that are left."""
    version: int = 0

    @property
    def has_second_factor(self) -> bool:
        """Whether a password alone does not let in."""
        return self.totp_since is not None


class CredentialStore(Protocol):
    """Credentials by user. Reads are consistent."""

    def credentials(self, user_id: str) -> Credentials | None:
        """A user's, in one read."""

    def replacing(self, before: Credentials | None, after: Credentials) -> Sequence[Write]:
        """The writes that put `after` in the place of what was read, with the next version."""

    def removing(self, credentials: Credentials) -> Sequence[Write]:
        """The writes that remove them."""
