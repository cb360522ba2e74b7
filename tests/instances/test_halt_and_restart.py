"""Stop, start, reboot: the owner's, with what the provider makes of them."""

import pytest

from chalicelib.errors import Conflict
from chalicelib.instances.provider import ServerState
from chalicelib.instances.status import Status, Wish
from tests.instances.fake_provider import REGION
from tests.instances.yard import RUNNING_PRICE, SECOND, STOPPED_PRICE, STOPPED_SECOND, Yard


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_the_stopped_price_runs_from_the_request(yard: Yard) -> None:
    rental_id = yard.online()
    before = yard.balance
    yard.stop(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPING, STOPPED_PRICE)
    yard.wait(100)
    assert yard.balance == before - 100 * STOPPED_SECOND
    yard.minutes(2)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPED, STOPPED_PRICE)
    assert yard.server(rental_id).state is ServerState.STOPPED


def test_access_is_closed_before_the_stop(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.drive(rental_id)
    verbs = [verb for verb, _ in yard.provider.calls]
    assert verbs[-2:] == ["close_access", "stop"]
    assert not yard.server(rental_id).access_open


def test_a_stop_is_asked_for_even_if_access_can_not_be_closed(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.throttle("close_access")
    yard.stop(rental_id)
    yard.drive(rental_id)
    assert yard.server(rental_id).state is ServerState.STOPPING
    yard.drive(rental_id)
    assert not yard.server(rental_id).access_open


def test_access_that_a_late_call_closed_is_opened_again(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.close_access(REGION, yard.server(rental_id).server_id)
    before = yard.balance
    yard.minutes(6)
    assert (yard.status(rental_id), yard.server(rental_id).access_open) == (Status.ONLINE, True)
    assert yard.balance == before - 360 * SECOND


def test_a_stop_that_hangs_is_forced(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.hang_next_stop()
    yard.stop(rental_id)
    yard.minutes(9)
    assert (yard.status(rental_id), yard.provider.called("force_stop")) == (Status.STOPPING, [])
    yard.minutes(4)
    assert yard.provider.called("force_stop")
    assert yard.status(rental_id) is Status.STOPPED


def test_an_old_stop_does_not_force_the_next_one(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(60)
    yard.start(rental_id)
    yard.drive(rental_id)
    yard.wait(30)
    yard.stop(rental_id)
    yard.drive(rental_id)
    assert yard.provider.called("force_stop") == []
    assert yard.server(rental_id).state is ServerState.STOPPING


def test_a_start_is_free_until_the_server_runs_and_its_address_is_new(yard: Yard) -> None:
    rental_id = yard.online()
    address = yard.rental(rental_id).address
    yard.stop(rental_id)
    yard.minutes(2)
    assert yard.rental(rental_id).address is None
    yard.start(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STARTING, 0)
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STARTING, 0)
    yard.minutes(1)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)
    assert yard.rental(rental_id).address == yard.server(rental_id).address != address
    assert yard.server(rental_id).access_open


def test_a_start_that_overtakes_the_stop_waits_for_it(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.drive(rental_id)
    yard.start(rental_id)
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STARTING, 0)
    yard.minutes(4)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_hanging_stop_that_was_overtaken_by_a_start_is_forced_too(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.hang_next_stop()
    yard.stop(rental_id)
    yard.drive(rental_id)
    yard.start(rental_id)
    yard.minutes(20)
    assert yard.status(rental_id) is Status.ONLINE
    assert yard.provider.called("force_stop")


def test_a_start_without_capacity_is_queued_for_ever_free_and_kept(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(2)
    yard.start(rental_id)
    before = yard.balance
    yard.provider.lose_capacity()
    yard.minutes(3 * 24 * 60)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.IN_QUEUE, 0)
    assert yard.balance == before
    assert yard.server(rental_id).state is ServerState.STOPPED
    yard.provider.regain_capacity()
    yard.minutes(12)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_rental_stopped_before_its_launch_has_no_disk_and_is_free(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.stop(rental_id)
    yard.minutes(10)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPED, 0)
    assert yard.rental(rental_id).look_at is not None
    assert yard.balance == 100_000_000


def test_a_rental_started_before_its_launch_is_created_again(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.stop(rental_id)
    yard.minutes(40)
    yard.provider.regain_capacity()
    yard.start(rental_id)
    assert yard.status(rental_id) is Status.CREATING
    yard.minutes(3)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_stop_during_the_launch_stops_the_server_once_it_can(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.stop(rental_id)
    assert yard.price(rental_id) == STOPPED_PRICE
    yard.minutes(3)
    assert (yard.status(rental_id), yard.server(rental_id).state) == (Status.STOPPED, ServerState.STOPPED)


def test_a_reboot_is_asked_for_once_and_charged_on(yard: Yard) -> None:
    rental_id = yard.online()
    before = yard.balance
    yard.reboot(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.REBOOTING, RUNNING_PRICE)
    yard.reboot(rental_id)
    yard.drive(rental_id)
    yard.drive(rental_id)
    assert yard.status(rental_id) is Status.REBOOTING
    yard.minutes(2)
    assert yard.status(rental_id) is Status.ONLINE
    assert len(yard.provider.called("reboot")) == 1
    assert yard.balance == before - 120 * SECOND


def test_a_reboot_whose_request_was_lost_is_asked_for_again(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.lose_request("reboot")
    yard.reboot(rental_id)
    yard.minutes(3)
    assert len(yard.provider.called("reboot")) == 2
    assert yard.status(rental_id) is Status.ONLINE


def test_a_server_that_was_restarted_needs_no_reboot(yard: Yard) -> None:
    rental_id = yard.online()
    yard.reboot(rental_id)
    yard.provider.go_down(rental_id)
    yard.minutes(5)
    assert (yard.status(rental_id), yard.provider.called("reboot")) == (Status.ONLINE, [])


@pytest.mark.parametrize("done", ["stop", "terminate"])
def test_only_a_server_that_is_online_can_be_rebooted(yard: Yard, done: str) -> None:
    rental_id = yard.online()
    getattr(yard, done)(rental_id)
    with pytest.raises(Conflict):
        yard.reboot(rental_id)


def test_terminating_ends_the_price_at_the_request(yard: Yard) -> None:
    rental_id = yard.online()
    yard.wait(10)
    before = yard.balance
    yard.terminate(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.TERMINATING, 0)
    yard.minutes(5)
    assert (yard.status(rental_id), yard.rental(rental_id).look_at) == (Status.DELETED, None)
    assert yard.balance == before
    assert yard.server(rental_id).state is ServerState.TERMINATED


def test_a_server_not_found_just_after_its_terminate_is_waited_for(yard: Yard) -> None:
    rental_id = yard.online()
    yard.terminate(rental_id)
    yard.provider.machine(rental_id).visible_at = yard.now + 300
    yard.drive(rental_id)
    yard.minutes(2)
    assert yard.status(rental_id) is Status.TERMINATING
    yard.minutes(8)
    assert (yard.status(rental_id), yard.provider.existing(rental_id)) == (Status.DELETED, [])


def test_a_lost_terminate_is_repeated(yard: Yard) -> None:
    rental_id = yard.online()
    yard.provider.lose_request("terminate")
    yard.terminate(rental_id)
    yard.minutes(4)
    assert (yard.status(rental_id), yard.provider.existing(rental_id)) == (Status.DELETED, [])


def test_a_wish_that_is_already_so_changes_nothing(yard: Yard) -> None:
    rental_id = yard.online()
    commits = len(yard.store.commits)
    yard.start(rental_id)
    assert len(yard.store.commits) == commits
    yard.stop(rental_id)
    commits = len(yard.store.commits)
    yard.stop(rental_id)
    assert len(yard.store.commits) == commits
    assert yard.rental(rental_id).wish is Wish.STOPPED
