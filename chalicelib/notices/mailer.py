"""Mailer: what the outbox needs of whoever sends e-mails, and of whoever knows an account's address."""

from dataclasses import dataclass
from typing import Protocol

from chalicelib.notices.delivery import Refusal
from chalicelib.notices.letters import Rendered


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is written to. The name may be empty."""

    email: str
    name: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail on its way."""

    to: str
    message_id: str
    topic: str
    content: Rendered


class Refused(Exception):
    """The e-mail was definitely not sent. `reason` is the sender's own word for it and names no address."""

    def __init__(self, refusal: Refusal, reason: str) -> None:
        super().__init__(f"{refusal}: {reason}")
        self.refusal = refusal
        self.reason = reason


class Mailer(Protocol):
    """Sends e-mails. Never repeats a send by itself: it can not know whether the first one took effect."""

    def send(self, letter: Letter) -> None:
        """Send one e-mail, once. Raises Refused, or OutcomeUnknown when no answer came."""


class Addresses(Protocol):
    """Whom to write to, looked up when an e-mail is sent: an address that changed in between is the new one."""

    def of(self, account_id: str) -> Recipient:
        """The owner of an account. Raises NotFound when there is none, Unavailable when it can not be told."""
