"""When a message is tried, and what each outcome leads to."""


import pytest

from chalicelib.clock import DAY, HOUR
from chalicelib.notices.delivery import (
    LEASES_SECONDS,
    MOST_REJECTIONS,
    PENDING_SHARDS,
    MailState,
    Refusal,
    awaiting,
    claimed,
    may_send,
    pending_shard,
    refused,
)
from tests.notices.samples import NOON, SAMPLES

NEW = awaiting(SAMPLES["last_call"])


def test_the_schedule_leaves_a_new_message_to_the_stream_for_a_minute() -> None:
    assert (NEW.next_try_at, NEW.state, NEW.tries) == (NOON + 60, MailState.PENDING, 0)


def test_the_first_try_may_come_at_once_and_takes_a_lease() -> None:
    assert claimed(NEW, NOON) == NEW._replace(tries=1, next_try_at=NOON + LEASES_SECONDS[0])


def test_nobody_else_tries_while_a_lease_lasts_and_everybody_may_when_it_ran_out() -> None:
    held = NEW._replace(tries=1, next_try_at=NOON + 180)
    assert claimed(held, NOON + 179) is None
    assert claimed(held, NOON + 180) == held._replace(tries=2, next_try_at=NOON + 180 + LEASES_SECONDS[1])


@pytest.mark.parametrize("state", [MailState.SENT, MailState.FAILED])
def test_what_is_done_is_not_tried(state: MailState) -> None:
    assert claimed(NEW._replace(state=state, next_try_at=None), NOON + 10 * DAY) is None


def test_leases_grow_to_six_hours() -> None:
    delivery, lengths = NEW, []
    for _ in range(8):
        now = delivery.next_try_at or 0
        held = claimed(delivery, now)
        assert held is not None
        lengths.append((held.next_try_at or 0) - now)
        delivery = held
    assert lengths == [180, 300, 900, HOUR, 3 * HOUR, 6 * HOUR, 6 * HOUR, 6 * HOUR]


def test_a_send_begins_only_with_time_left_to_end() -> None:
    held = NEW._replace(tries=1, next_try_at=NOON + 180)
    assert may_send(held, NOON + 165)
    assert not may_send(held, NOON + 166)


@pytest.mark.parametrize(("refusal", "wait_seconds"), [(Refusal.THROTTLED, 60), (Refusal.NOT_READY, 240)])
def test_what_is_not_the_letters_fault_is_tried_again_soon(refusal: Refusal, wait_seconds: int) -> None:
    held = NEW._replace(tries=5, next_try_at=NOON + 180)
    assert refused(held, refusal, NOON) == held._replace(next_try_at=NOON + wait_seconds)


def test_a_rejected_letter_is_tried_ever_more_rarely_and_then_given_up() -> None:
    held, waits = NEW._replace(tries=1), []
    for _ in range(MOST_REJECTIONS - 1):
        held = refused(held, Refusal.REJECTED, NOON)
        waits.append((held.next_try_at or 0) - NOON)
    assert waits == [300, 1200, 4800, 19200, 76800, DAY, DAY]
    last = refused(held, Refusal.REJECTED, NOON)
    assert (last.state, last.next_try_at, last.rejections) == (MailState.FAILED, None, MOST_REJECTIONS)


def test_every_shard_gets_its_share() -> None:
    shards = [pending_shard(f"mesg_{number:020}") for number in range(8000)]
    assert set(shards) == set(range(PENDING_SHARDS))
    assert max(shards.count(shard) for shard in range(PENDING_SHARDS)) < 1300
