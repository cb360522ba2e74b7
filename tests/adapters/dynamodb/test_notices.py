"""Notices in DynamoDB: the store's contract, and what of it only DynamoDB has."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.exceptions import ReadTimeoutError

from chalicelib.adapters.dynamodb.notices import KEPT_SECONDS, DynamoNotices
from chalicelib.adapters.dynamodb.transaction import commit
from chalicelib.errors import OutcomeUnknown, Unavailable
from chalicelib.notices.delivery import pending_shard
from chalicelib.notices.messages import MailState, Message
from tests.adapters.dynamodb.emulated import emulated, items, recorded, time_to_live_attribute
from tests.notices.store_contract import ACCOUNT, NOON, Kept, NoticesStoreContract, claim, message

TABLE = "NoticesTable"


@pytest.fixture
def store() -> Iterator[DynamoNotices]:
    with emulated(TABLE) as connection:
        yield DynamoNotices(TABLE, connection)


@pytest.fixture
def kept(store: DynamoNotices) -> Kept:
    def write(told: Message) -> None:
        commit(store._connection, [store.writing(told)])

    return Kept(store, write)


class TestDynamoNotices(NoticesStoreContract):
    """On DynamoDB."""


def test_an_item_has_the_stream_filters_topic_and_expires(kept: Kept) -> None:
    kept.write(message(1, days=7))
    (item,) = items(TABLE)
    assert item["topic"] == {"S": "balance_low"}
    assert item["state"] == {"S": MailState.PENDING}
    assert item["pending_shard"] == {"N": str(pending_shard(message(1).message_id))}
    expires_at = time_to_live_attribute(TABLE)
    assert expires_at is not None
    assert item[expires_at] == {"N": str(NOON + 1 + KEPT_SECONDS)}


def test_what_is_sent_has_no_keys_of_the_index(kept: Kept) -> None:
    kept.write(message(1))
    kept.store.mark_sent(message(1), NOON)
    (item,) = items(TABLE)
    assert not {"pending_shard", "next_try_at"} & item.keys()


def test_one_delivery_is_one_consistent_read_and_two_writes(store: DynamoNotices, kept: Kept) -> None:
    kept.write(message(1))
    with recorded(store._connection) as calls:
        held = claim(store, store.notice(ACCOUNT, message(1).message_id), NOON)
        store.mark_sent(held.message, NOON)
    assert [operation for operation, _ in calls] == ["GetItem", "UpdateItem", "UpdateItem"]
    assert calls[0][1]["ConsistentRead"] is True


@contextmanager
def unanswered(store: DynamoNotices) -> Iterator[None]:
    """No call has an answer meanwhile."""

    def no_answer(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    events = store._connection.client.meta.events
    events.register_first("before-send.dynamodb", no_answer)
    try:
        yield
    finally:
        events.unregister("before-send.dynamodb", no_answer)


def test_a_lost_answer_is_an_unknown_outcome_of_a_write_and_unavailable_for_a_read(
    store: DynamoNotices, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write(message(1))
    read = store.notice(ACCOUNT, message(1).message_id)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with unanswered(store):
        with pytest.raises(OutcomeUnknown):
            claim(store, read, NOON)
        with pytest.raises(OutcomeUnknown):
            store.mark_sent(read.message, NOON)
        with pytest.raises(Unavailable):
            store.notice(ACCOUNT, message(1).message_id)
        with pytest.raises(Unavailable):
            list(store.pending(0, NOON, 1))
        with pytest.raises(Unavailable):
            store.page(ACCOUNT, None, 1)


def test_a_message_of_a_newer_version_waits_for_it(store: DynamoNotices, kept: Kept) -> None:
    kept.write(message(1))
    record = store._record
    record(ACCOUNT, message(1).message_id).update(actions=[record.topic.set("not_yet_known")])
    with pytest.raises(Unavailable):
        store.notice(ACCOUNT, message(1).message_id)
