"""What goes wrong on the way to any engine: conflicts, throttling, lost answers, deaths, and long sleeps."""

from collections.abc import Callable
from functools import partial

import pytest

from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Unavailable
from chalicelib.notices.messages import Topic
from tests.instances.yard import RUNNING_PRICE
from tests.races.races import DOLLAR, ONE_HOUR, SIXTEEN, refusals, sixteen
from tests.races.track import Track
from tests.races.wire import SDK_TRIES, Wire

TROUBLES: dict[str, Callable[[Wire, int], None]] = {
    "conflict": lambda wire, times: wire.conflict(times),
    "throttle": lambda wire, times: wire.throttle(times),
    "refuse": lambda wire, times: wire.refuse("ThrottlingException", times),
    "lose_answer": lambda wire, times: wire.lose_answer(times),
    "in progress": lambda wire, times: wire.refuse("TransactionInProgressException", times),
    "lose_request": lambda wire, times: wire.lose_request(times),
}


class Troubles:
    """A test module makes the fixture `track` and subclasses it."""

    @pytest.mark.parametrize(
        ("trouble", "times"),
        [
            ("conflict", 1),
            ("conflict", 5),
            ("throttle", 1),
            ("refuse", 1),
            ("in progress", SDK_TRIES),
            ("lose_answer", 1),
            ("lose_answer", SDK_TRIES),
            ("lose_request", 1),
            ("lose_request", SDK_TRIES),
        ],
    )
    def test_whatever_befalls_a_transaction_all_is_done_once(self, track: Track, trouble: str, times: int) -> None:
        """Once, and as often as makes the SDK give up: a rent, a credit, and a suspension with its messages."""
        befall = TROUBLES[trouble]
        customer = track.open(ONE_HOUR)
        befall(track.wire, times)
        rental_id = track.online(customer)
        assert [rental.rental_id for rental in customer.rentals] == [rental_id]
        track.now += HOUR
        befall(track.wire, times)
        customer.settle()
        assert len(customer.told(Topic.ACCOUNT_SUSPENDED)) == len(customer.told(Topic.RENTAL_SUSPENDED)) == 1
        befall(track.wire, times)
        customer.credit("100", "late")
        assert not track.wire.troubled
        assert customer.credits() == {"opening": RUNNING_PRICE, "late": 100 * DOLLAR}
        assert len(customer.told(Topic.ACCOUNT_RESTORED)) == 1
        track.check()

    def test_throttling_that_lasts_changes_nothing(self, track: Track) -> None:
        customer = track.open("100")
        track.wire.throttle_for_good()
        for act in (customer.rent, lambda: customer.credit("5", "later")):
            assert isinstance(track.alone(act).refusal, Unavailable)
        track.wire.calm()
        assert (customer.rentals, customer.credits()) == ((), {"opening": 100 * DOLLAR})
        assert customer.credit("5", "later").entry is not None
        track.check()

    def test_conflicts_for_sixteen_at_once_delay_and_lose_nothing(self, track: Track) -> None:
        """Every other answer is a conflict, as when many transactions meet on one item."""
        customer = track.open("100")
        track.wire.conflict(times=SIXTEEN)
        assert refusals(track.together(*sixteen(lambda n: customer.credit("1", f"ref{n}")))) == []
        assert customer.balance == (100 + SIXTEEN) * DOLLAR
        track.check()

    @pytest.mark.parametrize("applied", [False, True])
    def test_a_credit_that_dies_is_booked_once_when_it_is_tried_again(self, track: Track, applied: bool) -> None:
        customer = track.open("100")
        track.wire.kill(applied=applied)
        assert track.alone(lambda: customer.credit("5", "once")).died
        assert len(customer.journal) == 1 + applied
        customer.credit("5", "once")
        assert customer.credits() == {"opening": 100 * DOLLAR, "once": 5 * DOLLAR}
        track.check()

    def test_a_suspension_that_was_not_committed_has_told_nobody(self, track: Track) -> None:
        """Messages are part of the decision: who dies before it is written has said nothing, who comes next says it."""
        customer = track.open(ONE_HOUR)
        track.online(customer)
        track.now += HOUR
        told = customer.messages
        track.wire.kill(applied=False)
        assert track.alone(customer.settle).died
        assert customer.messages == told
        customer.settle()
        assert len(customer.told(Topic.ACCOUNT_SUSPENDED)) == len(customer.told(Topic.RENTAL_SUSPENDED)) == 1
        track.check()

    def test_an_invocation_that_slept_for_days_writes_nothing_old(self, track: Track) -> None:
        """Frozen before its transaction, and everything that happened meanwhile."""
        customer = track.open("30.00")
        rental_id = track.online(customer)
        stop = partial(track.services.rentals.stop, customer.account_id, rental_id)

        def two_days() -> None:
            track.now += 2 * DAY
            customer.settle()

        track.overtaken(stop, two_days)
        assert sum(customer.deductions()) == 30 * DOLLAR
        moments = [entry.facts.created_at for entry in customer.journal]
        assert moments == sorted(moments)
        track.check()

    def test_an_account_whose_transaction_is_held_up_holds_up_no_other(self, track: Track) -> None:
        slow, quick = track.open("100"), track.open("100")
        racers = track.overtaken(lambda: slow.credit("1", "slow"), *[lambda: quick.credit("2", "quick")] * 2)
        assert refusals(racers) == []
        assert (slow.balance, quick.balance) == (101 * DOLLAR, 102 * DOLLAR)
        track.check()
