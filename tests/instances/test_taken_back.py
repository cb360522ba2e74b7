"""What the provider accepts and then does not carry out: a start that ends stopped again, a launch that ends gone."""

from itertools import pairwise

import pytest

from chalicelib.instances.provider import ServerState
from chalicelib.instances.rental import NO_CAPACITY
from chalicelib.instances.status import Status, Wish
from chalicelib.notices.messages import Topic
from tests.instances.yard import PATIENCE, RUNNING_PRICE, STOPPED_PRICE, STOPPED_SECOND, Yard

MANY = 10_000
DAYS_MINUTES = 24 * 60


@pytest.fixture
def yard() -> Yard:
    return Yard()


def stopped(yard: Yard) -> str:
    """A server that has been online and that its owner has stopped."""
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(2)
    assert yard.status(rental_id) is Status.STOPPED
    return rental_id


def waits(yard: Yard, rental_id: str, minutes: int) -> list[int]:
    """The seconds between the starts that are called for in so many minutes."""
    called_at: list[int] = []
    for _ in range(minutes):
        before = len(yard.provider.called("start"))
        yard.minutes(1)
        called_at += [yard.now] * (len(yard.provider.called("start")) - before)
    return [later - sooner for sooner, later in pairwise(called_at)]


# A start.


def test_a_start_that_is_taken_back_is_queued_free_and_keeps_its_disk(yard: Yard) -> None:
    rental_id = stopped(yard)
    balance = yard.balance
    yard.provider.fail_next_start(MANY)
    yard.start(rental_id)
    yard.minutes(2)
    rental = yard.rental(rental_id)
    assert (rental.status, rental.wish, rental.refusal) == (Status.IN_QUEUE, Wish.RUNNING, NO_CAPACITY)
    yard.minutes(2 * DAYS_MINUTES)
    assert (yard.status(rental_id), yard.price(rental_id), yard.balance) == (Status.IN_QUEUE, 0, balance)
    assert (yard.account.status, yard.account.totals.live_rentals) == ("active", 1)
    assert yard.server(rental_id).state is ServerState.STOPPED
    assert yard.told(Topic.RENTAL_FAILED) == yard.told(Topic.RENTAL_GONE) == []


def test_it_is_online_and_charged_when_there_is_capacity_again(yard: Yard) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start(2)
    yard.start(rental_id)
    balance = yard.balance
    yard.minutes(4)
    assert (yard.status(rental_id), yard.balance) == (Status.IN_QUEUE, balance)
    yard.minutes(4)
    rental = yard.rental(rental_id)
    assert (rental.status, rental.refusals, yard.price(rental_id)) == (Status.ONLINE, 0, RUNNING_PRICE)
    assert rental.address == yard.server(rental_id).address
    assert len(yard.provider.machines) == 1


def test_its_pauses_grow_as_after_a_refusal_at_once(yard: Yard) -> None:
    refused_at_once, taken_back = Yard(), yard
    one, other = stopped(refused_at_once), stopped(taken_back)
    refused_at_once.provider.lose_capacity()
    taken_back.provider.fail_next_start(MANY)
    refused_at_once.start(one)
    taken_back.start(other)
    at_once, later = waits(refused_at_once, one, 60), waits(taken_back, other, 60)
    assert at_once[:6] == [60, 120, 240, 480, 600, 600]
    # What came of a start is seen a minute after it, at the next pass; from then on the pause is the same.
    assert later[:5] == [pause + 60 for pause in at_once[:5]]


@pytest.mark.parametrize("word", [NO_CAPACITY, "Server.InternalError"])
def test_its_owner_is_told_why_it_waits(yard: Yard, word: str) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start(word=word)
    assert yard.rental(rental_id).queue_reason is None
    yard.start(rental_id)
    yard.minutes(2)
    why = {NO_CAPACITY: "The provider has no capacity", "Server.InternalError": "The provider did not start"}
    assert (yard.rental(rental_id).queue_reason or "").startswith(why[word])
    yard.minutes(4)
    assert (yard.status(rental_id), yard.rental(rental_id).queue_reason) == (Status.ONLINE, None)


def test_its_owner_can_stop_it_while_it_is_queued_and_start_it_again_at_once(yard: Yard) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start(MANY)
    yard.start(rental_id)
    yard.minutes(30)
    balance = yard.balance
    yard.stop(rental_id)
    assert yard.price(rental_id) == STOPPED_PRICE
    yard.minutes(10)
    assert (yard.status(rental_id), yard.balance) == (Status.STOPPED, balance - 600 * STOPPED_SECOND)
    yard.provider.calm()
    yard.start(rental_id)
    yard.minutes(2)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_stop_that_comes_before_it_is_taken_back_is_the_later_wish(yard: Yard) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start()
    yard.start(rental_id)
    yard.drive(rental_id)
    assert yard.server(rental_id).state is ServerState.PENDING
    yard.stop(rental_id)
    yard.minutes(3)
    assert (yard.status(rental_id), yard.server(rental_id).state) == (Status.STOPPED, ServerState.STOPPED)
    assert len(yard.provider.called("start")) == 1


def test_its_owner_can_terminate_it_while_it_is_queued(yard: Yard) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start(MANY)
    yard.start(rental_id)
    yard.minutes(30)
    balance = yard.balance
    yard.terminate(rental_id)
    yard.minutes(3)
    assert (yard.status(rental_id), yard.provider.existing(rental_id)) == (Status.DELETED, [])
    assert yard.balance == balance


def test_a_suspension_ends_the_queue_and_a_restore_begins_it_anew(yard: Yard) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start(MANY)
    yard.start(rental_id)
    yard.minutes(30)
    yard.suspend()
    assert (yard.status(rental_id), yard.label(rental_id)) == (Status.STOPPED, "Offline")
    yard.restore()
    yard.minutes(2)
    rental = yard.rental(rental_id)
    assert (rental.status, rental.refusals, yard.price(rental_id)) == (Status.IN_QUEUE, 1, 0)
    yard.provider.calm()
    yard.minutes(4)
    assert yard.status(rental_id) is Status.ONLINE


def test_down_by_the_provider_and_taken_back_is_queued_too(yard: Yard) -> None:
    rental_id = yard.online()
    yard.drive(rental_id)
    balance = yard.balance
    yard.provider.fail_next_start(MANY)
    yard.provider.go_down(rental_id)
    yard.minutes(60)
    assert (yard.status(rental_id), yard.rental(rental_id).wish) == (Status.IN_QUEUE, Wish.RUNNING)
    assert yard.balance == balance


def test_a_power_off_from_inside_is_its_owners_stop_also_after_a_queue(yard: Yard) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start(2)
    yard.start(rental_id)
    yard.minutes(10)
    assert yard.status(rental_id) is Status.ONLINE
    yard.provider.power_off(rental_id)
    yard.minutes(10)
    assert (yard.rental(rental_id).wish, yard.status(rental_id)) == (Wish.STOPPED, Status.STOPPED)


def test_a_power_off_from_inside_before_the_start_does_not_hide_why_it_waits(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.power_off(rental_id)
    yard.minutes(10)
    yard.provider.fail_next_start(MANY)
    yard.start(rental_id)
    yard.minutes(30)
    rental = yard.rental(rental_id)
    assert (rental.wish, rental.status, rental.refusal) == (Wish.RUNNING, Status.IN_QUEUE, NO_CAPACITY)


def test_how_the_start_before_ended_is_no_second_refusal(yard: Yard) -> None:
    """The reason stands on the server until it is started again: a throttled or repeated start is none."""
    rental_id = stopped(yard)
    yard.provider.fail_next_start()
    yard.start(rental_id)
    yard.minutes(2)
    assert yard.rental(rental_id).refusals == 1
    yard.provider.throttle("start", times=3)
    yard.wait(60)
    for _ in range(3):
        yard.drive(rental_id)
        yard.wait(PATIENCE.soon)
    assert yard.rental(rental_id).refusals == 1
    yard.provider.lose_request("start")
    yard.drive(rental_id)
    yard.drive(rental_id)
    assert yard.rental(rental_id).refusals == 1
    yard.minutes(2)
    assert yard.status(rental_id) is Status.ONLINE


def test_seen_on_its_way_down_it_is_starting_and_not_stopping(yard: Yard) -> None:
    rental_id = stopped(yard)
    yard.provider.fail_next_start()
    yard.start(rental_id)
    yard.drive(rental_id)
    yard.wait(30)
    server = yard.server(rental_id)
    server.state, server.since = ServerState.STOPPING, yard.now
    yard.drive(rental_id)
    assert (yard.status(rental_id), server.refusal) == (Status.STARTING, NO_CAPACITY)
    yard.wait(30)
    yard.drive(rental_id)
    assert yard.status(rental_id) is Status.IN_QUEUE


# A first launch.


def test_a_first_launch_that_is_taken_back_takes_the_next_attempts_token(yard: Yard) -> None:
    yard.provider.fail_next_launch(times=2, word=NO_CAPACITY)
    rental_id = yard.rent()
    yard.minutes(2)
    rental = yard.rental(rental_id)
    assert (rental.status, rental.refusal, rental.server_id) == (Status.IN_QUEUE, NO_CAPACITY, None)
    yard.minutes(10)
    assert yard.status(rental_id) is Status.ONLINE
    assert yard.provider.called("launch") == [f"{rental_id}-{attempt}" for attempt in (1, 2, 3)]
    assert len(yard.provider.existing(rental_id)) == 1


def test_first_launches_that_are_always_taken_back_end_after_their_time(yard: Yard) -> None:
    yard.provider.fail_next_launch(MANY, NO_CAPACITY)
    rental_id = yard.rent()
    yard.minutes(29)
    assert (yard.status(rental_id), yard.balance) == (Status.IN_QUEUE, 100_000_000)
    yard.minutes(16)
    rental = yard.rental(rental_id)
    assert (rental.status, rental.failure) == (Status.RENTAL_ERROR, "The provider had no capacity for this server.")
    assert (yard.balance, yard.provider.existing(rental_id)) == (100_000_000, [])
    assert len(yard.told(Topic.RENTAL_FAILED)) == 1


def test_the_last_reason_is_the_one_that_is_told(yard: Yard) -> None:
    yard.provider.fail_next_launch(1, NO_CAPACITY)
    yard.provider.fail_next_launch(MANY, "Server.InternalError")
    rental_id = yard.rent()
    yard.minutes(45)
    assert yard.rental(rental_id).failure == "The provider did not start this server."


@pytest.mark.parametrize("wish", ["stop", "terminate"])
def test_its_owner_can_end_a_launch_that_is_queued(yard: Yard, wish: str) -> None:
    yard.provider.fail_next_launch(MANY, NO_CAPACITY)
    rental_id = yard.rent()
    yard.minutes(5)
    getattr(yard, wish)(rental_id)
    yard.minutes(3)
    ends = {"stop": Status.STOPPED, "terminate": Status.DELETED}
    assert (yard.status(rental_id), yard.price(rental_id), yard.balance) == (ends[wish], 0, 100_000_000)
