"""From the request to the first time a server is online, and everything that can go wrong on the way."""

import pytest

from chalicelib.instances.status import Status, Wish
from chalicelib.notices.messages import Topic
from tests.instances.yard import PATIENCE, RUNNING_PRICE, STOPPED_SECOND, Yard


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_a_rental_is_created_and_then_online(yard: Yard) -> None:
    rental_id = yard.rent()
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.CREATING, 0)
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.CREATING, 0)
    yard.minutes(1)
    rental = yard.rental(rental_id)
    assert (rental.status, yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)
    assert rental.address == yard.server(rental_id).address
    assert yard.server(rental_id).access_open


def test_nothing_is_charged_before_it_was_seen_running(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.wait(600)
    assert yard.balance == 100_000_000
    yard.drive(rental_id)
    yard.wait(5)
    assert yard.balance == 100_000_000 - 5 * 1_000


def test_a_server_lets_nobody_in_before_it_is_online(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    assert not yard.server(rental_id).access_open


@pytest.mark.parametrize("visible_after_seconds", [0, 90, 400])
def test_a_lost_answer_to_a_launch_makes_no_second_server(yard: Yard, visible_after_seconds: int) -> None:
    yard.provider.lose_answer("launch")
    yard.provider.hide_new_servers(visible_after_seconds)
    rental_id = yard.rent()
    yard.minutes(10)
    assert len(yard.provider.machines) == 1
    assert yard.status(rental_id) is Status.ONLINE


def test_a_lost_request_to_launch_is_repeated_with_the_same_token(yard: Yard) -> None:
    yard.provider.lose_request("launch")
    rental_id = yard.rent()
    yard.minutes(3)
    assert yard.provider.called("launch") == [f"{rental_id}-1", f"{rental_id}-1"]
    assert yard.status(rental_id) is Status.ONLINE


def test_a_repeated_launch_asks_for_the_same_image_and_keys(yard: Yard) -> None:
    yard.provider.lose_request("launch")
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.add_key("key_2")
    yard.rentals.attach_key("acct_test", rental_id, "key_2")
    yard.provider.image_id = "ami-2"
    yard.minutes(3)
    order = yard.server(rental_id).order
    assert (order.image_id, len(order.public_keys)) == ("ami-1", 1)
    assert yard.rental(rental_id).queued_key_ids == ("key_2",)


def test_the_next_attempt_takes_a_new_token_the_present_image_and_all_keys(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.add_key("key_2")
    yard.rentals.attach_key("acct_test", rental_id, "key_2")
    yard.provider.image_id = "ami-2"
    yard.provider.regain_capacity()
    yard.minutes(3)
    order = yard.server(rental_id).order
    assert (order.token, order.image_id, len(order.public_keys)) == (f"{rental_id}-2", "ami-2", 2)
    assert yard.rental(rental_id).queued_key_ids == ()


def test_a_refusal_that_follows_an_unanswered_launch_is_not_definite(yard: Yard) -> None:
    yard.provider.lose_answer("launch")
    yard.provider.hide_new_servers(300)
    yard.provider.refuse("launch", "UnauthorizedOperation")
    rental_id = yard.rent()
    yard.minutes(8)
    assert set(yard.provider.called("launch")) == {f"{rental_id}-1"}
    assert len(yard.provider.machines) == 1
    assert yard.status(rental_id) is Status.ONLINE


def test_throttling_is_no_refusal(yard: Yard) -> None:
    yard.provider.throttle("launch", times=3)
    rental_id = yard.rent()
    yard.minutes(6)
    assert yard.status(rental_id) is Status.ONLINE
    assert set(yard.provider.called("launch")) == {f"{rental_id}-1"}


def test_a_provider_that_answers_nothing_changes_nothing(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.throttle("describe", times=40)
    yard.minutes(10)
    assert yard.status(rental_id) is Status.ONLINE
    assert yard.rental(rental_id).look_at is not None


def test_without_capacity_a_first_launch_is_queued_and_free(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    yard.minutes(10)
    assert yard.status(rental_id) is Status.IN_QUEUE
    assert yard.balance == 100_000_000
    yard.provider.regain_capacity()
    yard.minutes(12)
    assert yard.status(rental_id) is Status.ONLINE


def test_tries_are_spaced_wider_and_wider(yard: Yard) -> None:
    yard.provider.lose_capacity()
    yard.rent()
    yard.minutes(25)
    assert 4 <= len(yard.provider.called("launch")) <= 6


def test_a_first_launch_gives_up_after_its_time(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    yard.minutes(45)
    rental = yard.rental(rental_id)
    assert (rental.status, rental.wish, rental.look_at) == (Status.RENTAL_ERROR, Wish.GONE, None)
    assert rental.failure == "The provider had no capacity for this server."
    assert yard.meter(rental_id) is None
    assert yard.account.totals.live_rentals == 0
    assert (yard.balance, yard.account.ledger) == (100_000_000, 100_000_000)
    (message,) = yard.told(Topic.RENTAL_FAILED)
    assert message.facts["name"] == "box"


def test_a_launch_that_no_worker_has_tried_is_not_given_up(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.wait(3 * PATIENCE.give_up_launch)
    yard.minutes(3)
    assert yard.status(rental_id) is Status.ONLINE


def test_giving_up_waits_for_a_launch_that_nobody_answered(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    yard.minutes(24)
    yard.provider.regain_capacity()
    yard.provider.hide_new_servers(10 * 60)
    for _ in range(100):
        yard.provider.lose_answer("launch")
    yard.minutes(9)
    assert yard.status(rental_id) is Status.IN_QUEUE
    yard.minutes(5)
    assert (yard.status(rental_id), len(yard.provider.machines)) == (Status.ONLINE, 1)


def test_a_server_that_is_dropped_before_it_runs_is_launched_anew(yard: Yard) -> None:
    yard.provider.fail_next_launch(times=2)
    rental_id = yard.rent()
    yard.minutes(12)
    assert yard.status(rental_id) is Status.ONLINE
    assert yard.provider.called("launch") == [f"{rental_id}-{attempt}" for attempt in (1, 2, 3)]
    assert len(yard.provider.existing(rental_id)) == 1


def test_servers_that_are_always_dropped_end_in_an_error(yard: Yard) -> None:
    yard.provider.fail_next_launch(times=100)
    rental_id = yard.rent()
    yard.minutes(60)
    assert yard.status(rental_id) is Status.RENTAL_ERROR
    assert yard.rental(rental_id).failure == "The provider did not start this server."
    assert (yard.balance, yard.provider.existing(rental_id)) == (100_000_000, [])


def test_a_first_launch_that_hangs_gives_up_and_leaves_no_server(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.server(rental_id).hangs = True
    yard.minutes(29)
    assert yard.status(rental_id) is Status.CREATING
    yard.minutes(3)
    rental = yard.rental(rental_id)
    assert (rental.status, rental.failure) == (Status.RENTAL_ERROR, "The provider did not start this server.")
    assert (yard.provider.existing(rental_id), rental.look_at, yard.balance) == ([], None, 100_000_000)
    assert (len(yard.told(Topic.RENTAL_FAILED)), yard.told(Topic.RENTAL_GONE)) == (1, [])


def test_a_first_launch_that_nobody_can_reach_gives_up_and_leaves_no_server(yard: Yard) -> None:
    yard.provider.refuse("open_access", "UnauthorizedOperation", times=1_000)
    rental_id = yard.rent()
    yard.minutes(33)
    assert (yard.status(rental_id), yard.provider.existing(rental_id)) == (Status.RENTAL_ERROR, [])
    assert (yard.balance, yard.account.totals.live_rentals) == (100_000_000, 0)


def test_a_server_that_was_launched_late_has_its_time_to_come_up(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    yard.minutes(24)
    yard.provider.regain_capacity()
    while not yard.provider.existing(rental_id):
        yard.minutes(1)
    yard.server(rental_id).hangs = True
    yard.minutes(20)
    assert yard.status(rental_id) is Status.CREATING
    yard.server(rental_id).hangs = False
    yard.minutes(2)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_server_that_has_been_online_is_not_given_up(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(2)
    yard.start(rental_id)
    yard.drive(rental_id)
    yard.server(rental_id).hangs = True
    yard.minutes(60)
    assert yard.status(rental_id) is Status.STARTING


def test_a_launch_that_dies_while_it_is_to_be_stopped_has_a_disk_no_longer(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.stop(rental_id)
    yard.drive(rental_id)
    yard.provider.die(rental_id)
    yard.wait(30)
    yard.drive(rental_id)
    yard.minutes(2)
    assert (yard.status(rental_id), yard.price(rental_id), yard.balance) == (Status.STOPPED, 0, 100_000_000)
    yard.minutes(10)
    yard.start(rental_id)
    yard.minutes(3)
    assert yard.status(rental_id) is Status.ONLINE
    assert sum(entry.amount for entry in yard.store.journal("acct_test")) == 100_000_000 + 30 * STOPPED_SECOND


@pytest.mark.parametrize("hidden_seconds", [0, 60, 300, 540])
def test_a_server_that_can_not_be_seen_just_after_its_launch_is_waited_for(yard: Yard, hidden_seconds: int) -> None:
    yard.provider.hide_new_servers(hidden_seconds)
    rental_id = yard.rent()
    yard.minutes(11)
    assert yard.status(rental_id) is Status.ONLINE
    assert len(yard.provider.called("launch")) == 1


def test_a_launched_server_that_is_never_found_closes_its_rental(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.provider.vanish(rental_id)
    yard.minutes(9)
    assert yard.status(rental_id) is Status.CREATING
    yard.minutes(4)
    assert yard.status(rental_id) is Status.DELETED
    assert yard.balance == 100_000_000


@pytest.mark.parametrize("hidden_seconds", [0, 30, 300, 500])
def test_terminating_during_a_launch_leaves_no_server(yard: Yard, hidden_seconds: int) -> None:
    yard.provider.lose_answer("launch")
    yard.provider.hide_new_servers(hidden_seconds)
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.terminate(rental_id)
    assert yard.meter(rental_id) is None
    yard.drive(rental_id)
    assert yard.status(rental_id) is Status.TERMINATING
    yard.minutes(15)
    assert yard.status(rental_id) is Status.DELETED
    assert yard.provider.existing(rental_id) == []
    assert yard.balance == 100_000_000


def test_terminating_before_any_launch_deletes_at_once(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.terminate(rental_id)
    assert yard.drive(rental_id).status is Status.DELETED
    assert yard.provider.called("launch") == []


def test_a_launch_that_was_never_seen_is_not_deleted_too_soon(yard: Yard) -> None:
    yard.provider.lose_request("launch")
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.terminate(rental_id)
    yard.minutes(9)
    assert yard.status(rental_id) is Status.TERMINATING
    yard.wait(PATIENCE.unseen)
    yard.tick()
    assert yard.status(rental_id) is Status.DELETED


def test_a_launch_answered_after_its_rental_was_terminated_is_ended(yard: Yard) -> None:
    rental_id = yard.rent()

    def terminated_meanwhile(moment: str) -> None:
        if moment == "before launch":
            yard.terminate(rental_id)

    yard.provider.gate = terminated_meanwhile
    yard.drive(rental_id)
    yard.provider.gate = lambda moment: None
    assert yard.status(rental_id) is Status.TERMINATING
    yard.minutes(5)
    assert (yard.status(rental_id), yard.provider.existing(rental_id)) == (Status.DELETED, [])


def test_a_refusal_does_not_queue_a_rental_that_was_terminated_meanwhile(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()

    def terminated_meanwhile(moment: str) -> None:
        if moment == "before launch":
            yard.terminate(rental_id)

    yard.provider.gate = terminated_meanwhile
    yard.drive(rental_id)
    assert yard.status(rental_id) is Status.TERMINATING


def test_an_image_that_can_not_be_read_is_a_refusal(yard: Yard) -> None:
    yard.provider.refuse("image", "ParameterNotFound")
    rental_id = yard.rent()
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.rental(rental_id).refusal) == (Status.IN_QUEUE, "ParameterNotFound")
    yard.minutes(4)
    assert yard.status(rental_id) is Status.ONLINE
