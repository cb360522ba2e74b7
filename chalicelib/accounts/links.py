"""Links: what an e-mail carries to prove that somebody reads that mailbox. docs/rules.md, "Accounts".

A link's token is its id and our signature of it, so no table holds it and the outbox can write it again. It is used
once, by a POST, because programs that look after mailboxes open every link.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from chalicelib.accounts.users import NOBODY
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Invalid
from chalicelib.ids import Ids, is_id
from chalicelib.signing import Signer
from chalicelib.writes import Write

SIGNED_FOR = "link"


class Purpose(StrEnum):
    """What a link does when it is used."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"
    CHANGE_EMAIL = "change_email"


LASTS_SECONDS = {Purpose.VERIFY_EMAIL: DAY, Purpose.RESET_PASSWORD: HOUR, Purpose.CHANGE_EMAIL: DAY}


@dataclass(frozen=True, slots=True)
class Link:
    """One link. `email` is the mailbox that it was sent to."""

    link_id: str
    purpose: Purpose
    user_id: str
    email: str
    created_at: int
    password_hash: str | None = field(default=None, repr=False)
    """With VERIFY_EMAIL: the password of the sign-up that it belongs to, until it is used."""
    used_at: int | None = None

    @property
    def expires_at(self) -> int:
        """The first second at which it does nothing."""
        return self.created_at + LASTS_SECONDS[self.purpose]


class LinkStore(Protocol):
    """Links that expire. Reads are consistent."""

    def link(self, link_id: str) -> Link | None:
        """The link, in one read."""

    def sending(self, link: Link) -> Sequence[Write]:
        """The writes that keep a new link."""

    def using(self, link: Link, now: int) -> Sequence[Write]:
        """The writes that use it up; committing them raises LostRace where it has been."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes links and reads what comes back."""

    store: LinkStore
    signer: Signer
    ids: Ids

    def new(self, purpose: Purpose, user_id: str, email: str, now: int, password_hash: str | None = None) -> Link:
        """A link that is not yet kept."""
        return Link(self.ids.new("link", now), purpose, user_id, email, now, password_hash)

    def decoys(self, count: int, now: int) -> list[Write]:
        """Links of nobody that are never sent: as many writes as others cause, where there is nobody to write to."""
        made = (self.new(Purpose.RESET_PASSWORD, NOBODY, "", now) for _ in range(count))
        return [write for link in made for write in self.store.sending(link)]

    def find(self, token: str, purpose: Purpose, now: int) -> Link:
        """The link of a token, used or not. Garbage costs no read.

        Raises Invalid for one that is not good, whatever the reason.
        """
        link_id, _, signature = token.partition(".")
        ours = is_id("link", link_id) and self.signer.is_signed(SIGNED_FOR, link_id, signature)
        link = self.store.link(link_id) if ours else None
        if link is None or link.purpose is not purpose or now >= link.expires_at:
            raise spent()
        return link


def token_of(link_id: str, signer: Signer) -> str:
    """What the link in the e-mail carries."""
    return f"{link_id}.{signer.sign(SIGNED_FOR, link_id)}"


def spent() -> Invalid:
    """Why a link does nothing. It does not tell whether there ever was such a link."""
    message = "This link has been used, has expired, or was replaced by a newer one. Ask for a new one."
    return Invalid(message, code="link_spent", field="token")
