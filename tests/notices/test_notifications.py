"""The list of an account's messages, newest first, in pages."""

import pytest

from chalicelib.errors import Invalid
from chalicelib.ids import Ids
from chalicelib.notices.messages import MailState, Message
from chalicelib.notices.notifications import Notifications
from tests.notices.memory_notices import MemoryNotices
from tests.notices.samples import NOON, SAMPLES

ACCOUNT = "acct_0w3kabcd000000000000"


def told(store: MemoryNotices, count: int) -> list[Message]:
    ids, message = Ids(), SAMPLES["account_suspended"]
    made = [
        Message(ACCOUNT, ids.new("mesg", NOON + number), message.topic, NOON + number, message.facts)
        for number in range(count)
    ]
    for each in made:
        store.write(each)
    return made


def test_a_notification_is_a_message_in_two_lines_with_what_became_of_its_email() -> None:
    store = MemoryNotices()
    (message,) = told(store, 1)
    (notification,) = Notifications(store).page(ACCOUNT, None, 10).notifications
    assert notification.notification_id == message.message_id
    assert notification.topic == "account_suspended"
    assert notification.title == "Your account is suspended: $4.599988 needed to restore it"
    assert notification.body == (
        "Your balance no longer covers what you run. "
        "Your account has been suspended since Sunday 1 March 2026, 14:15:09 UTC."
    )
    assert (notification.created_at, notification.email, notification.email_sent_at) == (NOON, MailState.PENDING, None)
    store.mark_sent(message, NOON + 3)
    (notification,) = Notifications(store).page(ACCOUNT, None, 10).notifications
    assert (notification.email, notification.email_sent_at) == (MailState.SENT, NOON + 3)


@pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8])
def test_pages_put_together_are_the_whole_list(limit: int) -> None:
    store = MemoryNotices()
    expected = [message.message_id for message in reversed(told(store, 7))]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = Notifications(store).page(ACCOUNT, cursor, limit)
        seen += [notification.notification_id for notification in page.notifications]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.notifications) == limit
    assert seen == expected


def test_another_accounts_messages_are_not_listed() -> None:
    store = MemoryNotices()
    told(store, 3)
    assert Notifications(store).page("acct_0w3kabcd111111111111", None, 10).notifications == ()


@pytest.mark.parametrize("cursor", ["", "mesg_", "acct_0w3kabcd000000000000", "mesg_0w3kabcd00000000000\n", "1"])
def test_a_cursor_that_is_none_of_ours_is_invalid(cursor: str) -> None:
    with pytest.raises(Invalid) as refusal:
        Notifications(MemoryNotices()).page(ACCOUNT, cursor, 10)
    assert (refusal.value.code, refusal.value.field) == ("invalid_cursor", "cursor")


def test_a_letter_with_a_link_is_no_notification() -> None:
    """It is for whoever reads that mailbox; and that one was sent there would tell who else has an account."""
    store = MemoryNotices()
    for name in ("password_changed", "reset_password", "verify_email", "confirm_email"):
        message = SAMPLES[name]
        store.write(Message(ACCOUNT, Ids().new("mesg", NOON), message.topic, NOON, message.facts))
    page = Notifications(store).page(ACCOUNT, None, 10)
    assert [one.topic for one in page.notifications] == ["password_changed"]
