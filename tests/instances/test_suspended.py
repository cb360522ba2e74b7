"""What a suspension, a restore and the end do to servers."""

import pytest

from chalicelib.clock import DAY
from chalicelib.errors import Conflict
from chalicelib.instances.provider import ServerState
from chalicelib.instances.status import Status, Wish
from chalicelib.notices.messages import Topic
from tests.instances.yard import RUNNING_PRICE, STOPPED_PRICE, Yard


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_a_server_is_halted_and_called_offline(yard: Yard) -> None:
    rental_id = yard.online()
    yard.suspend()
    assert not yard.server(rental_id).access_open
    yard.minutes(2)
    assert (yard.status(rental_id), yard.label(rental_id)) == (Status.STOPPED, "Offline")
    assert yard.server(rental_id).state is ServerState.STOPPED
    assert yard.rental(rental_id).wish is Wish.RUNNING


def test_nothing_is_charged_from_the_halt_until_it_was_seen_running_again(yard: Yard) -> None:
    rental_id = yard.online()
    yard.suspend()
    yard.minutes(60)
    yard.credit("100")
    before = yard.balance
    yard.tick()
    yard.wait(30)
    assert (yard.status(rental_id), yard.price(rental_id), yard.balance) == (Status.STARTING, 0, before)
    yard.minutes(2)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)


def test_a_server_found_halted_without_a_wake_is_halted_by_its_own_look(yard: Yard) -> None:
    rental_id = yard.online()
    yard.debit("200")
    for _ in range(10):
        yard.wait(60)
        yard.look()
    assert yard.status(rental_id) is Status.STOPPED


def test_a_stopped_server_stays_stopped_and_its_disk_is_charged_again_at_the_restore(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(2)
    yard.suspend()
    assert yard.price(rental_id) == 0
    yard.restore()
    assert yard.price(rental_id) == STOPPED_PRICE
    yard.minutes(5)
    assert yard.status(rental_id) is Status.STOPPED


def test_a_server_that_never_stopped_is_charged_again_when_seen_and_not_before(yard: Yard) -> None:
    rental_id = yard.online()
    yard.debit("200")
    yard.wait(5)
    yard.credit("200")
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, 0)
    yard.wait(20)
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)


def test_a_status_from_before_the_halt_starts_no_meter(yard: Yard) -> None:
    rental_id = yard.online()
    yard.debit("200")
    yard.credit("200")
    yard.add_key("key_2")
    yard.rentals.attach_key("acct_test", rental_id, "key_2")
    assert yard.price(rental_id) == 0
    yard.reboot(rental_id)
    assert yard.price(rental_id) == 0
    yard.provider.vanish(rental_id)
    yard.drive(rental_id)
    assert yard.price(rental_id) == 0


def test_a_worker_whose_clock_is_behind_the_halt_starts_no_meter_and_looks_again_soon(yard: Yard) -> None:
    rental_id = yard.online()
    yard.debit("200")
    yard.credit("200")
    yard.wait(-1)
    yard.drive(rental_id)
    assert yard.price(rental_id) == 0
    yard.wait(60)
    yard.look()
    assert yard.price(rental_id) == RUNNING_PRICE


def test_what_a_pass_saw_before_the_halt_starts_no_meter(yard: Yard) -> None:
    rental_id = yard.online()
    yard.wait(300)
    yard.watch.look()
    hints = yard.queue.take()
    yard.debit("200")
    yard.wait(3)
    yard.credit("200")
    yard.provider.die(rental_id)
    yard.deliver(hints)
    assert yard.price(rental_id) == 0


@pytest.mark.parametrize("seconds", [0, 15, 30])
def test_restored_before_the_stop_finished(yard: Yard, seconds: int) -> None:
    rental_id = yard.online()
    yard.suspend()
    yard.wait(seconds)
    yard.restore()
    yard.minutes(4)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)
    assert yard.server(rental_id).access_open


def test_a_server_that_comes_up_while_its_account_is_suspended_is_halted_and_free(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.suspend()
    balance = yard.balance
    yard.minutes(4)
    assert (yard.status(rental_id), yard.label(rental_id)) == (Status.STOPPED, "Offline")
    assert (yard.server(rental_id).state, yard.balance) == (ServerState.STOPPED, balance)
    yard.restore()
    yard.minutes(3)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_launch_that_was_not_made_yet_waits_for_the_restore(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.suspend()
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.provider.called("launch")) == (Status.STOPPED, [])
    yard.minutes(24 * 60)
    yard.credit("100")
    for _ in range(8):
        yard.wait(60)
        yard.look()
    assert yard.status(rental_id) is Status.ONLINE


def test_going_online_requires_an_active_account_in_its_transaction(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.wait(60)

    def suspended_meanwhile(moment: str) -> None:
        if moment == "after describe":
            yard.provider.gate = lambda moment: None
            yard.debit("200")

    yard.provider.gate = suspended_meanwhile
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPING, 0)


def test_access_that_was_opened_late_is_closed_again(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.drive(rental_id)
    yard.wait(60)

    def suspended_meanwhile(moment: str) -> None:
        if moment == "before open_access":
            yard.provider.gate = lambda moment: None
            yard.suspend()

    yard.provider.gate = suspended_meanwhile
    yard.drive(rental_id)
    assert yard.server(rental_id).access_open
    yard.drive(rental_id)
    assert not yard.server(rental_id).access_open
    assert not yard.rental(rental_id).access_open
    yard.restore()
    yard.minutes(4)
    assert yard.status(rental_id) is Status.ONLINE
    assert yard.server(rental_id).access_open


def test_no_capacity_at_the_restore_is_queued_free_and_never_deleted(yard: Yard) -> None:
    rental_id = yard.online()
    yard.suspend()
    yard.minutes(5)
    yard.provider.lose_capacity()
    yard.restore()
    before = yard.balance
    for _ in range(40 * 24):
        yard.wait(3_600)
        yard.tick()
    assert (yard.status(rental_id), yard.account.status, yard.balance) == (Status.IN_QUEUE, "active", before)
    assert yard.server(rental_id).state is ServerState.STOPPED
    yard.provider.regain_capacity()
    yard.minutes(12)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_queued_server_is_offline_while_suspended(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(3)
    yard.provider.lose_capacity()
    yard.start(rental_id)
    yard.tick()
    assert yard.status(rental_id) is Status.IN_QUEUE
    yard.suspend()
    assert yard.label(rental_id) == "Offline"


@pytest.mark.parametrize("verb", ["start", "reboot"])
def test_while_suspended_nothing_is_started(yard: Yard, verb: str) -> None:
    rental_id = yard.online()
    yard.suspend()
    with pytest.raises(Conflict) as refusal:
        getattr(yard, verb)(rental_id)
    assert refusal.value.code == "account_suspended"
    with pytest.raises(Conflict):
        yard.rent("another")


def test_while_suspended_one_may_choose_to_stay_stopped(yard: Yard) -> None:
    rental_id = yard.online()
    yard.suspend()
    yard.minutes(3)
    yard.stop(rental_id)
    assert (yard.label(rental_id), yard.price(rental_id)) == ("Offline", 0)
    yard.restore()
    yard.minutes(3)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPED, STOPPED_PRICE)


def test_while_suspended_one_may_terminate_and_the_last_one_restores(yard: Yard) -> None:
    yard.adjust(-99_900_000)
    yard.credit("4")
    rental_id = yard.online()
    yard.wait(5_000)
    yard.minutes(3)
    assert yard.account.status == "suspended"
    yard.terminate(rental_id)
    assert yard.account.status == "active"
    yard.minutes(3)
    assert yard.status(rental_id) is Status.DELETED


def test_the_end_terminates_the_servers(yard: Yard) -> None:
    rental_ids = [yard.online("one"), yard.online("two")]
    yard.stop(rental_ids[1])
    yard.suspend()
    for _ in range(8 * 24):
        yard.wait(3_600)
        yard.tick()
    yard.minutes(5)
    assert len(yard.told(Topic.ENDED_FOR_GOOD)) == 1
    for rental_id in rental_ids:
        assert (yard.status(rental_id), yard.rental(rental_id).look_at) == (Status.DELETED, None)
        assert yard.provider.existing(rental_id) == []
    assert yard.told(Topic.RENTAL_GONE) == []


def test_the_end_of_a_server_that_was_never_launched(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.suspend()
    yard.wait(8 * DAY)
    yard.minutes(30)
    yard.wait(DAY)
    yard.minutes(10)
    assert yard.status(rental_id) is Status.DELETED
    assert yard.provider.called("launch") == []


def test_powered_off_from_inside_while_being_halted_is_started_at_the_restore(yard: Yard) -> None:
    rental_id = yard.online()
    yard.suspend()
    yard.provider.power_off(rental_id)
    yard.minutes(2)
    yard.restore()
    yard.minutes(3)
    assert yard.status(rental_id) is Status.ONLINE
