"""Notifications: the messages of an account as its owner lists them."""

from dataclasses import dataclass

from chalicelib.errors import Invalid
from chalicelib.ids import is_id
from chalicelib.notices.delivery import Notice
from chalicelib.notices.messages import FACTS, MailState, Topic
from chalicelib.notices.store import NoticesStore
from chalicelib.notices.templates import words_of


@dataclass(frozen=True, slots=True)
class Notification:
    """One message in two lines, and what has become of its e-mail."""

    notification_id: str
    topic: Topic
    title: str
    body: str
    created_at: int
    email: MailState
    email_sent_at: int | None


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """Notifications newest first, and the cursor of the next page (None: no more)."""

    notifications: tuple[Notification, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Notifications:
    """The list of notifications."""

    store: NoticesStore

    def page(self, account_id: str, cursor: str | None, limit: int) -> NotificationPage:
        """One page of an account's notifications, newest first. Raises Invalid for a cursor that is none of ours.

        Letters with a link are left out, so a page may be short: they are for whoever reads that mailbox, and whether
        one was sent there would tell who else has an account.
        """
        if cursor is not None and not is_id("mesg", cursor):
            raise Invalid("This cursor was not given out by this list.", code="invalid_cursor", field="cursor")
        page = self.store.page(account_id, cursor, limit)
        return NotificationPage(tuple(map(_notification, filter(_is_listed, page.notices))), page.before)


def _is_listed(notice: Notice) -> bool:
    return "link_id" not in FACTS[notice.message.topic]


def _notification(notice: Notice) -> Notification:
    words = words_of(notice.message)
    return Notification(
        notification_id=notice.message.message_id,
        topic=notice.message.topic,
        title=words.subject,
        body=words.paragraphs[0],
        created_at=notice.message.created_at,
        email=notice.delivery.state,
        email_sent_at=notice.delivery.sent_at,
    )
