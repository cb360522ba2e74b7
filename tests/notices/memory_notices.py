"""Notices in memory: a working NoticesStore with DynamoDB's conditions and races, and nothing of its network."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass

from chalicelib.errors import LostRace, NotFound
from chalicelib.notices.delivery import Delivery, Notice, awaiting, pending_shard
from chalicelib.notices.messages import MailState, Message
from chalicelib.notices.store import NoticePage, Pending


@dataclass(frozen=True, slots=True)
class MemoryWrite:
    """The write that makes a message."""

    message: Message

    @property
    def target(self) -> str:
        return f"notices/{self.message.account_id}/{self.message.message_id}"


class MemoryNotices:
    """A NoticesStore. `write` does what a transaction would do with a write of this store."""

    def __init__(self) -> None:
        self._notices: dict[tuple[str, str], Notice] = {}
        self._lock = threading.Lock()

    def write(self, message: Message) -> None:
        """Commit one message by itself."""
        with self._lock:
            key = (message.account_id, message.message_id)
            if key in self._notices:
                raise LostRace("There is a message of this id.")
            self._notices[key] = Notice(message, awaiting(message))

    def writing(self, message: Message) -> MemoryWrite:
        return MemoryWrite(message)

    def notice(self, account_id: str, message_id: str) -> Notice:
        try:
            return self._notices[account_id, message_id]
        except KeyError:
            raise NotFound("There is no message of this id.") from None

    def move(self, before: Notice, after: Delivery) -> None:
        with self._lock:
            key = (before.message.account_id, before.message.message_id)
            current = self._notices.get(key)
            if current is None or current.delivery.state is not MailState.PENDING:
                raise LostRace("It is not pending.")
            if current.delivery.tries != before.delivery.tries:
                raise LostRace("Somebody has taken a lease since.")
            self._notices[key] = current._replace(delivery=after)

    def mark_sent(self, message: Message, sent_at: int) -> None:
        with self._lock:
            key = (message.account_id, message.message_id)
            current = self._notices.get(key)
            if current is None:
                return
            first_moment = current.delivery.sent_at if current.delivery.sent_at is not None else sent_at
            sent = current.delivery._replace(state=MailState.SENT, next_try_at=None, sent_at=first_moment)
            self._notices[key] = current._replace(delivery=sent)

    def pending(self, shard: int, until: int, limit: int) -> Iterator[Pending]:
        found = [
            Pending(notice.message.account_id, notice.message.message_id, notice.delivery.next_try_at)
            for notice in self._notices.values()
            if notice.delivery.next_try_at is not None
            and notice.delivery.next_try_at <= until
            and pending_shard(notice.message.message_id) == shard
        ]
        yield from sorted(found, key=lambda pending: (pending.next_try_at, pending.message_id))[:limit]

    def page(self, account_id: str, before: str | None, limit: int) -> NoticePage:
        mine = [notice for (owner, _), notice in self._notices.items() if owner == account_id]
        below = [notice for notice in mine if before is None or notice.message.message_id < before]
        newest = sorted(below, key=lambda notice: notice.message.message_id, reverse=True)
        more = len(newest) > limit
        return NoticePage(tuple(newest[:limit]), newest[limit - 1].message.message_id if more else None)
