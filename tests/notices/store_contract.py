"""What every NoticesStore does, in memory or on any engine. A test makes the fixture `kept` and subclasses it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from chalicelib.errors import LostRace, NotFound
from chalicelib.notices.delivery import (
    PENDING_SHARDS,
    Delivery,
    MailState,
    Notice,
    Refusal,
    claimed,
    pending_shard,
    refused,
)
from chalicelib.notices.messages import Fact, Message, Topic
from chalicelib.notices.store import NoticesStore, Pending

NOON = 1_772_366_400
ACCOUNT = "acct_0w3kabcd000000000000"
OTHER = "acct_0w3kabcd111111111111"


@dataclass(frozen=True, slots=True)
class Kept:
    """A store with nothing in it, and the way to put a message there."""

    store: NoticesStore
    write: Callable[[Message], None]
    """Commits the write of one message as a transaction would."""


def message(number: int, account_id: str = ACCOUNT, **facts: Fact) -> Message:
    return Message(account_id, f"mesg_0w3kabcd{number:012}", Topic.BALANCE_LOW, NOON + number, facts)


def everything_pending(store: NoticesStore, until: int) -> list[Pending]:
    return [pending for shard in range(PENDING_SHARDS) for pending in store.pending(shard, until, 100)]


def claim(store: NoticesStore, notice: Notice, now: int) -> Notice:
    delivery = claimed(notice.delivery, now)
    assert delivery is not None
    store.move(notice, delivery)
    return notice._replace(delivery=delivery)


class NoticesStoreContract:
    """Subclass it where there is a fixture `kept`."""

    def test_a_message_is_kept_as_it_was_written(self, kept: Kept) -> None:
        told = message(1, days=7, balance=-(10**15), name="Zoë \u202e<b>")
        kept.write(told)
        notice = kept.store.notice(ACCOUNT, told.message_id)
        assert notice.message == told
        assert notice.delivery == Delivery(next_try_at=NOON + 1 + 60)

    def test_a_message_without_facts_is_kept(self, kept: Kept) -> None:
        kept.write(message(1))
        assert kept.store.notice(ACCOUNT, message(1).message_id).message.facts == {}

    def test_a_message_is_written_once(self, kept: Kept) -> None:
        kept.write(message(1, days=7))
        with pytest.raises(LostRace):
            kept.write(message(1, days=5))
        assert kept.store.notice(ACCOUNT, message(1).message_id).message.facts == {"days": 7}

    def test_what_is_not_there_is_not_found(self, kept: Kept) -> None:
        kept.write(message(1))
        for account_id, message_id in ((OTHER, message(1).message_id), (ACCOUNT, message(2).message_id)):
            with pytest.raises(NotFound):
                kept.store.notice(account_id, message_id)

    def test_a_lease_is_taken_by_one(self, kept: Kept) -> None:
        kept.write(message(1))
        read = kept.store.notice(ACCOUNT, message(1).message_id)
        held = claim(kept.store, read, NOON)
        assert kept.store.notice(ACCOUNT, message(1).message_id) == held
        with pytest.raises(LostRace):
            claim(kept.store, read, NOON)

    def test_who_lost_the_lease_can_not_give_it_back(self, kept: Kept) -> None:
        kept.write(message(1))
        first = claim(kept.store, kept.store.notice(ACCOUNT, message(1).message_id), NOON)
        second = claim(kept.store, first, NOON + 180)
        with pytest.raises(LostRace):
            kept.store.move(first, refused(first.delivery, Refusal.THROTTLED, NOON + 181))
        assert kept.store.notice(ACCOUNT, message(1).message_id) == second

    def test_a_message_that_is_sent_is_not_pending_and_never_tried_again(self, kept: Kept) -> None:
        kept.write(message(1))
        held = claim(kept.store, kept.store.notice(ACCOUNT, message(1).message_id), NOON)
        kept.store.mark_sent(held.message, NOON + 2)
        kept.store.mark_sent(held.message, NOON + 900)
        delivery = kept.store.notice(ACCOUNT, message(1).message_id).delivery
        assert (delivery.state, delivery.sent_at, delivery.next_try_at) == (MailState.SENT, NOON + 2, None)
        assert everything_pending(kept.store, NOON + 10**8) == []
        with pytest.raises(LostRace):
            claim(kept.store, held, NOON + 10**6)

    def test_marking_what_has_expired_makes_nothing(self, kept: Kept) -> None:
        kept.store.mark_sent(message(1), NOON)
        with pytest.raises(NotFound):
            kept.store.notice(ACCOUNT, message(1).message_id)

    def test_a_message_that_is_given_up_is_not_pending(self, kept: Kept) -> None:
        kept.write(message(1))
        read = kept.store.notice(ACCOUNT, message(1).message_id)
        kept.store.move(read, read.delivery._replace(state=MailState.FAILED, rejections=8, next_try_at=None))
        assert kept.store.notice(ACCOUNT, message(1).message_id).delivery.rejections == 8
        assert everything_pending(kept.store, NOON + 10**8) == []

    def test_pending_lists_what_is_due_the_longest_overdue_first(self, kept: Kept) -> None:
        same_shard = [told for number in range(60) if pending_shard((told := message(number)).message_id) == 3][:4]
        for told in reversed(same_shard):
            kept.write(told)
        due_at = [told.created_at + 60 for told in same_shard]
        found = list(kept.store.pending(3, due_at[2], 100))
        assert found == [
            Pending(ACCOUNT, told.message_id, due)
            for told, due in zip(same_shard[:3], due_at[:3], strict=True)
        ]
        assert list(kept.store.pending(3, due_at[2], 2)) == found[:2]
        assert list(kept.store.pending(4, due_at[2], 100)) == []

    def test_a_claimed_message_is_due_again_when_its_lease_runs_out(self, kept: Kept) -> None:
        kept.write(message(1))
        claim(kept.store, kept.store.notice(ACCOUNT, message(1).message_id), NOON + 5)
        assert everything_pending(kept.store, NOON + 5 + 179) == []
        assert everything_pending(kept.store, NOON + 5 + 180) == [
            Pending(ACCOUNT, message(1).message_id, NOON + 5 + 180)
        ]

    def test_pages_go_from_the_newest_to_the_oldest_of_one_account(self, kept: Kept) -> None:
        for number in range(5):
            kept.write(message(number))
        kept.write(message(7, OTHER))
        seen: list[str] = []
        before: str | None = None
        for _ in range(3):
            page = kept.store.page(ACCOUNT, before, 2)
            seen += [notice.message.message_id for notice in page.notices]
            before = page.before
        assert seen == [message(number).message_id for number in reversed(range(5))]
        assert before is None

    def test_a_full_last_page_says_that_it_is_the_last(self, kept: Kept) -> None:
        for number in range(2):
            kept.write(message(number))
        assert kept.store.page(ACCOUNT, None, 2).before is None
        assert kept.store.page(OTHER, None, 2).notices == ()
