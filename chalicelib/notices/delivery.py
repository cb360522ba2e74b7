"""Delivery: when the e-mail of a message is tried, and what each outcome of a try leads to. Pure.

A try first takes a lease, sends, and then marks the message as sent. A definite refusal gives the lease back and says
when to try again. A try of which nothing more is known - no answer, or its process was killed - leaves the lease to run
out, and then the message is tried again: a rare double rather than a lost warning.
"""

import zlib
from enum import StrEnum
from typing import NamedTuple

from chalicelib.clock import DAY, HOUR, MINUTE
from chalicelib.notices.messages import MailState, Message

PENDING_SHARDS = 8
LEASES_SECONDS = (3 * MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR)
"""How long each try is waited for; the last for every further one. They grow because every try of unknown outcome may
have sent the e-mail: at most 8 in the first day and 4 in any day after."""
SEND_SECONDS = 15
"""A send may begin while the lease lasts at least this long: twice the time limits of the call."""
STREAM_LEAD_SECONDS = MINUTE
"""How long a new message is left to the stream before the schedule takes it up."""
THROTTLED_SECONDS = MINUTE
NOT_READY_SECONDS = 4 * MINUTE
FIRST_REJECTION_SECONDS = 5 * MINUTE
MOST_REJECTIONS = 8
"""Definite rejections of an address or letter, over four days, after which it is given up."""


class Refusal(StrEnum):
    """Why an e-mail was definitely not sent."""

    THROTTLED = "throttled"
    """Too many at the moment, or the sender could not be reached."""
    NOT_READY = "not_ready"
    """Sending is paused, not allowed or not set up: nothing that the letter could change."""
    REJECTED = "rejected"
    """This address or this letter is not accepted."""


class Delivery(NamedTuple):
    """How far the e-mail of one message has come."""

    next_try_at: int | None
    """When to try (again); while a try is under way, when its lease runs out. None when there is nothing more to do."""
    state: MailState = MailState.PENDING
    tries: int = 0
    """How often a lease was taken. Whoever took the last one holds it."""
    rejections: int = 0
    sent_at: int | None = None


class Notice(NamedTuple):
    """A message as it is kept: what was told, and how far its e-mail has come."""

    message: Message
    delivery: Delivery


def awaiting(message: Message) -> Delivery:
    """The delivery of a message that is being written."""
    return Delivery(next_try_at=message.created_at + STREAM_LEAD_SECONDS)


def claimed(delivery: Delivery, now: int) -> Delivery | None:
    """The delivery with a lease taken at `now`, or None: done, not due yet, or somebody else is at it.

    The first try may come at once, with the stream.
    """
    if delivery.state is not MailState.PENDING or (delivery.tries and now < (delivery.next_try_at or 0)):
        return None
    lease_seconds = LEASES_SECONDS[min(delivery.tries, len(LEASES_SECONDS) - 1)]
    return delivery._replace(tries=delivery.tries + 1, next_try_at=now + lease_seconds)


def may_send(delivery: Delivery, now: int) -> bool:
    """Whether the lease lasts long enough to send under it."""
    return now <= (delivery.next_try_at or 0) - SEND_SECONDS


def refused(delivery: Delivery, refusal: Refusal, now: int) -> Delivery:
    """The delivery after a definite refusal: the lease is given back, and tried again later or given up."""
    if refusal is not Refusal.REJECTED:
        wait_seconds = THROTTLED_SECONDS if refusal is Refusal.THROTTLED else NOT_READY_SECONDS
        return delivery._replace(next_try_at=now + wait_seconds)
    rejections = delivery.rejections + 1
    if rejections >= MOST_REJECTIONS:
        return delivery._replace(rejections=rejections, state=MailState.FAILED, next_try_at=None)
    wait_seconds = min(FIRST_REJECTION_SECONDS * 4 ** (rejections - 1), DAY)
    return delivery._replace(rejections=rejections, next_try_at=now + wait_seconds)


def pending_shard(message_id: str) -> int:
    """The shard of the index of pending messages that this one is in."""
    return zlib.crc32(message_id.encode()) % PENDING_SHARDS
