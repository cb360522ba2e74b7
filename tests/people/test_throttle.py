"""Who fails again and again has to wait, longer each time. docs/rules.md, "Accounts"."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from chalicelib.accounts.principal import Client
from chalicelib.accounts.throttle import LOG_IN_BY_ACCOUNT, LOG_IN_BY_ADDRESS, Limit, Throttle, Tries
from chalicelib.clock import DAY, MINUTE
from chalicelib.errors import OutcomeUnknown, TooManyRequests
from tests.people.memory_people import MemoryThrottles, MemoryWrites

NOON = 1_772_374_509
ADA = "ada@example.com"


@pytest.fixture
def throttle() -> Throttle:
    return Throttle(MemoryThrottles(MemoryWrites()))


def wait_of(throttle: Throttle, now: int, limit: Limit = LOG_IN_BY_ACCOUNT) -> int:
    """Seconds to wait; 0 where the try is taken."""
    try:
        throttle.take(limit, ADA, now)
    except TooManyRequests as refusal:
        return refusal.retry_after_seconds
    return 0


def test_five_tries_are_free_and_then_the_wait_doubles_up_to_a_quarter_of_an_hour(throttle: Throttle) -> None:
    now, waits = NOON, []
    for _ in range(5):
        assert wait_of(throttle, now) == 0
    for _ in range(12):
        wait = wait_of(throttle, now)
        waits.append(wait)
        now += wait
        assert wait_of(throttle, now) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]


def test_a_try_while_waiting_is_not_counted(throttle: Throttle) -> None:
    for _ in range(5):
        wait_of(throttle, NOON)
    assert [wait_of(throttle, NOON) for _ in range(50)] == [1] * 50
    assert wait_of(throttle, NOON + 1) == 0


def test_success_forgets(throttle: Throttle) -> None:
    for _ in range(5):
        wait_of(throttle, NOON)
    throttle.forget(LOG_IN_BY_ACCOUNT, ADA)
    assert [wait_of(throttle, NOON) for _ in range(5)] == [0] * 5


def test_so_does_a_day_without_a_try(throttle: Throttle) -> None:
    for _ in range(4):
        wait_of(throttle, NOON)
    assert [wait_of(throttle, NOON + DAY) for _ in range(5)] == [0] * 5


def test_one_place_and_one_account_are_counted_apart(throttle: Throttle) -> None:
    for _ in range(5):
        wait_of(throttle, NOON)
    assert wait_of(throttle, NOON, LOG_IN_BY_ADDRESS) == 0
    throttle.take(LOG_IN_BY_ACCOUNT, "grace@example.com", NOON)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("unknown", "unknown"),
    ],
)
def test_a_place_is_what_one_connection_has(address: str, network: str) -> None:
    """With IPv6 that is a whole network: whoever has one has another address for each try."""
    assert Client(address).network == network


def test_a_place_that_many_share_never_waits_longer_than_a_minute() -> None:
    assert LOG_IN_BY_ADDRESS.wait_after(29) == 0
    assert max(map(LOG_IN_BY_ADDRESS.wait_after, range(200))) == MINUTE


def test_a_thousand_tries_do_not_overflow_the_wait() -> None:
    assert LOG_IN_BY_ACCOUNT.wait_after(10**6) == 15 * MINUTE


class Meeting(MemoryThrottles):
    """All tries read before any is counted, as happens when they come at once."""

    gate = threading.Barrier(2, timeout=1)

    def tries(self, key: str) -> Tries | None:
        found = super().tries(key)
        with suppress(threading.BrokenBarrierError):
            self.gate.wait()
        return found


def test_of_many_tries_at_once_each_counts() -> None:
    """Whoever lost the race reads again: two at once are two, and not one."""
    kept = MemoryWrites()
    throttle = Throttle(Meeting(kept))
    with ThreadPoolExecutor(2) as both:
        assert list(both.map(lambda now: wait_of(throttle, now), [NOON, NOON])) == [0, 0]
    (tries,) = kept.records.values()
    assert tries.count == 2


def test_what_could_not_be_counted_is_not_let_through() -> None:
    class Silent(MemoryThrottles):
        def count(self, before: Tries | None, after: Tries) -> None:
            raise OutcomeUnknown("no answer")

    assert wait_of(Throttle(Silent(MemoryWrites())), NOON) == 1


def test_no_address_is_kept_for_it(throttle: Throttle) -> None:
    wait_of(throttle, NOON)
    store = throttle.store
    assert isinstance(store, MemoryThrottles)
    assert ADA not in str(store.kept.records)
