"""Notices in DynamoDB: one item for each message, with how far its e-mail has come.

Only what is pending is in the index `pending`: its keys are removed with the last try.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from pynamodb.attributes import MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.fields import moment_or_none
from chalicelib.adapters.dynamodb.tables import bind, is_present
from chalicelib.adapters.dynamodb.transaction import Delete, TableWrite, Update, commit, put_new
from chalicelib.clock import DAY
from chalicelib.errors import LostRace, NotFound, Unavailable
from chalicelib.notices.delivery import Delivery, Notice, awaiting, pending_shard
from chalicelib.notices.messages import ADDRESS_FACTS, MailState, Message, Topic
from chalicelib.notices.store import NoticePage, Pending
from chalicelib.writes import Write

KEPT_SECONDS = 400 * DAY
"""How long a message is listed after it was written."""
FAREWELL_KEPT_SECONDS = 30 * DAY
"""How long the last message of a closed account is kept, which holds an address."""


class PendingIndex(GlobalSecondaryIndex["NoticeRecord"]):
    """What is to be tried, by when."""

    class Meta:
        index_name = "pending"
        projection = KeysOnlyProjection()

    pending_shard = NumberAttribute(hash_key=True)
    next_try_at = NumberAttribute(range_key=True)


class NoticeRecord(Model):
    """One message. The words are the templates'; only topic and facts are kept."""

    class Meta:
        table_name = "notices"

    account_id = UnicodeAttribute(hash_key=True)
    message_id = UnicodeAttribute(range_key=True)
    topic = UnicodeAttribute()
    created_at = NumberAttribute()
    facts: MapAttribute[str, Any] = MapAttribute()
    recipient = UnicodeAttribute(null=True)
    state = UnicodeAttribute()
    pending_shard = NumberAttribute(null=True)
    next_try_at = NumberAttribute(null=True)
    tries = NumberAttribute()
    rejections = NumberAttribute()
    sent_at = NumberAttribute(null=True)
    expires_at = NumberAttribute()
    pending = PendingIndex()


class DynamoNotices:
    """A NoticesStore on one table."""

    def __init__(self, table_name: str, connection: Connection) -> None:
        self._connection = connection
        self._record = bind(NoticeRecord, table_name, connection)

    def writing(self, message: Message) -> Write:
        """The write that makes a message, pending. Refused where there is one of this id."""
        delivery = awaiting(message)
        record = self._record(
            message.account_id,
            message.message_id,
            topic=str(message.topic),
            created_at=message.created_at,
            facts=dict(message.facts),
            recipient=message.recipient,
            state=str(delivery.state),
            pending_shard=pending_shard(message.message_id),
            next_try_at=delivery.next_try_at,
            tries=delivery.tries,
            rejections=delivery.rejections,
            expires_at=message.created_at + _kept_seconds(message),
        )
        return put_new(record)

    def notice(self, account_id: str, message_id: str) -> Notice:
        """One consistent read. Raises NotFound."""
        try:
            with reading():
                return _notice(self._record.get(account_id, message_id, consistent_read=True))
        except DoesNotExist:
            raise NotFound("There is no message of this id.") from None

    def move(self, before: Notice, after: Delivery) -> None:
        """Take, give back or end a lease. Raises LostRace when somebody has since taken one, or it is not pending."""
        record = self._record
        condition = (record.state == str(MailState.PENDING)) & (record.tries == before.delivery.tries)
        actions = [
            record.state.set(str(after.state)),
            record.tries.set(after.tries),
            record.rejections.set(after.rejections),
            *self._when(after.next_try_at),
        ]
        self._update(before.message, actions, condition)

    def mark_sent(self, message: Message, sent_at: int) -> None:
        """It went out. Nothing to mark where the message has expired meanwhile."""
        record = self._record
        first_moment = record.sent_at.set(record.sent_at | sent_at)
        actions = [record.state.set(str(MailState.SENT)), first_moment, *self._when(None)]
        try:
            self._update(message, actions, is_present(record))
        except LostRace:
            return

    def pending(self, shard: int, until: int, limit: int) -> Iterator[Pending]:
        """Messages of a shard to be tried by `until`, the longest overdue first."""
        with reading():
            found = self._record.query(
                shard, self._record.next_try_at <= until, index_name="pending", limit=limit, page_size=limit
            )
            for record in found:
                yield Pending(record.account_id, record.message_id, int(record.next_try_at))

    def page(self, account_id: str, before: str | None, limit: int) -> NoticePage:
        """A page of an account's messages, newest first."""
        below = None if before is None else self._record.message_id < before
        with reading():
            found = self._record.query(account_id, below, scan_index_forward=False, limit=limit + 1)
            notices = tuple(_notice(record) for record in found)
        more = len(notices) > limit
        return NoticePage(notices[:limit], notices[limit - 1].message.message_id if more else None)

    def with_address(self, account_id: str) -> tuple[str, ...]:
        """Ids of the account's messages that hold an e-mail address, by one consistent query of all its messages.

        The last one of a closed account is not among them: it is still to be sent.
        """
        with reading():
            found = self._record.query(account_id, consistent_read=True)
            return tuple(record.message_id for record in found if _holds_address(record))

    def removing(self, account_id: str, message_id: str) -> TableWrite:
        """The write that removes a message, whether or not it is there."""
        return Delete(self._record(account_id, message_id), None)

    def _when(self, next_try_at: int | None) -> Sequence[Action]:
        if next_try_at is None:
            return [self._record.pending_shard.remove(), self._record.next_try_at.remove()]
        return [self._record.next_try_at.set(next_try_at)]

    def _update(self, message: Message, actions: Sequence[Action], condition: Condition) -> None:
        record = self._record(message.account_id, message.message_id)
        commit(self._connection, [Update(record, actions, condition)])


def _notice(record: NoticeRecord) -> Notice:
    message = Message(
        account_id=record.account_id,
        message_id=record.message_id,
        topic=_topic(record.topic),
        created_at=int(record.created_at),
        facts=record.facts.as_dict(),
        recipient=record.recipient,
    )
    delivery = Delivery(
        next_try_at=moment_or_none(record.next_try_at),
        state=MailState(record.state),
        tries=int(record.tries),
        rejections=int(record.rejections),
        sent_at=moment_or_none(record.sent_at),
    )
    return Notice(message, delivery)


def _holds_address(record: NoticeRecord) -> bool:
    if record.topic == str(Topic.ACCOUNT_CLOSED):
        return False
    return record.recipient is not None or not ADDRESS_FACTS.isdisjoint(record.facts.as_dict())


def _kept_seconds(message: Message) -> int:
    return FAREWELL_KEPT_SECONDS if message.topic is Topic.ACCOUNT_CLOSED else KEPT_SECONDS


def _topic(name: str) -> Topic:
    try:
        return Topic(name)
    except ValueError:
        raise Unavailable("A newer version of the product wrote this message, and has to send it.") from None
