"""What notices need of a store. `adapters/dynamodb/notices.py` is one; the contract test runs on every engine."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

from chalicelib.notices.delivery import Delivery, Notice
from chalicelib.notices.messages import Message
from chalicelib.writes import Write


class Pending(NamedTuple):
    """A message that may be due. From an index, so a hint."""

    account_id: str
    message_id: str
    next_try_at: int


class NoticePage(NamedTuple):
    """Notices newest first, and the message id before which the next page starts (None: no more)."""

    notices: tuple[Notice, ...]
    before: str | None


class NoticesStore(Protocol):
    """Messages and their deliveries. Each method raises Unavailable or OutcomeUnknown when no answer comes."""

    def writing(self, message: Message) -> Write:
        """The write that makes a message, pending; it goes into the transaction that causes the message."""

    def notice(self, account_id: str, message_id: str) -> Notice:
        """One consistent read. Raises NotFound."""

    def move(self, before: Notice, after: Delivery) -> None:
        """Take, give back or end a lease: only while it is pending and nobody has taken a lease since `before`.

        Raises LostRace.
        """

    def mark_sent(self, message: Message, sent_at: int) -> None:
        """It went out, whoever holds the lease by now. The first moment stays."""

    def pending(self, shard: int, until: int, limit: int) -> Iterator[Pending]:
        """Messages of a shard to be tried by `until`, the longest overdue first, at most `limit`."""

    def page(self, account_id: str, before: str | None, limit: int) -> NoticePage:
        """A page of an account's messages, newest first, from below the id `before`."""
