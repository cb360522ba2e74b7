"""Notifications: what the account's owner was told."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.api.cursor import cursor_at, id_in
from chalicelib.api.shapes import PageQuery
from chalicelib.api.shapes_accounts import Notification, NotificationPage
from chalicelib.api.view import Call, operation
from chalicelib.bootstrap import services
from chalicelib.clock import iso, iso_or_none

if TYPE_CHECKING:
    from chalicelib.notices import notifications

blueprint = Blueprint(__name__)


@operation(
    blueprint, "GET", "/api/v1/notifications", query=PageQuery, answer=NotificationPage,
    summary="What the account's owner was told, newest first",
)
def list_notifications(call: Call[PageQuery]) -> NotificationPage:
    """Every message but those that carry a link, whatever has become of its e-mail. A page may be short."""
    before = id_in(call.asked.cursor, "mesg")
    page = services().notifications.page(call.account_id, before, call.asked.limit)
    items = [notification_of(one) for one in page.notifications]
    return NotificationPage(items=items, next_cursor=cursor_at(page.next_cursor))


def notification_of(one: "notifications.Notification") -> Notification:
    """A message as its owner lists it."""
    return Notification(
        id=one.notification_id,
        topic=one.topic,
        title=one.title,
        body=one.body,
        created_at=iso(one.created_at),
        email=one.email,
        email_sent_at=iso_or_none(one.email_sent_at),
    )
