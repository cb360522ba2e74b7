"""What the provider, or somebody inside, does to a server without being asked by us."""

import pytest

from chalicelib.billing.chart import EntryKind
from chalicelib.clock import DAY
from chalicelib.errors import OutcomeUnknown
from chalicelib.instances.provider import ServerState
from chalicelib.instances.status import Status, Wish
from chalicelib.notices.messages import Topic
from tests.instances.yard import ACCOUNT, MIDNIGHT, RUNNING_PRICE, SECOND, STOPPED_PRICE, STOPPED_SECOND, Yard


@pytest.fixture
def yard() -> Yard:
    return Yard()


def given_back(yard: Yard) -> list[int]:
    """The adjustments that were no test's."""
    entries = (entry for entry in yard.store.journal(ACCOUNT) if entry.facts.kind is EntryKind.ADJUSTMENT)
    return [entry.amount for entry in entries if entry.facts.cause.startswith("rent_")]


def seen_online(yard: Yard) -> tuple[str, int]:
    """A server online, looked at this second, and the balance at that."""
    rental_id = yard.online()
    yard.drive(rental_id)
    return rental_id, yard.balance


def test_powered_off_from_inside_is_its_owners_stop(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.wait(100)
    yard.provider.power_off(rental_id)
    yard.wait(60)
    yard.drive(rental_id)
    rental = yard.rental(rental_id)
    assert (rental.wish, rental.status, yard.price(rental_id)) == (Wish.STOPPED, Status.STOPPED, STOPPED_PRICE)
    assert (yard.balance, given_back(yard)) == (balance, [160 * SECOND])
    yard.minutes(10)
    assert yard.server(rental_id).state is ServerState.STOPPED


def test_powered_off_from_inside_and_seen_on_its_way_down(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.provider.power_off(rental_id)
    yard.wait(5)
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPING, 0)
    yard.minutes(3)
    assert (yard.rental(rental_id).wish, yard.status(rental_id)) == (Wish.STOPPED, Status.STOPPED)
    assert yard.provider.called("start") == []


def test_after_a_power_off_its_owner_can_start_it_again(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.provider.power_off(rental_id)
    yard.minutes(10)
    yard.start(rental_id)
    yard.minutes(4)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)


def test_a_start_that_overtakes_a_power_off_from_inside_is_the_later_wish(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.provider.power_off(rental_id)
    yard.wait(5)
    yard.drive(rental_id)
    yard.start(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STARTING, 0)
    yard.minutes(4)
    assert (yard.rental(rental_id).wish, yard.status(rental_id)) == (Wish.RUNNING, Status.ONLINE)


def test_down_by_the_provider_is_free_until_it_runs_again_and_we_start_it(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.wait(50)
    yard.provider.go_down(rental_id)
    yard.wait(30)
    yard.drive(rental_id)
    assert (yard.status(rental_id), yard.price(rental_id), yard.balance) == (Status.STARTING, 0, balance)
    yard.wait(60)
    assert yard.balance == balance
    yard.minutes(1)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)
    assert yard.rental(rental_id).address == yard.server(rental_id).address
    assert yard.rental(rental_id).wish is Wish.RUNNING


def test_down_by_the_provider_without_capacity_is_queued_and_free(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.provider.lose_capacity()
    yard.provider.go_down(rental_id)
    yard.minutes(24 * 60)
    assert (yard.status(rental_id), yard.balance) == (Status.IN_QUEUE, balance)


def test_a_stop_of_the_providers_that_hangs_is_forced(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.provider.go_down(rental_id)
    yard.server(rental_id).hangs = True
    yard.minutes(20)
    assert yard.provider.called("force_stop")
    assert yard.status(rental_id) is Status.ONLINE


def test_a_terminated_server_closes_its_rental(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.wait(100)
    yard.provider.die(rental_id)
    yard.wait(200)
    yard.look()
    rental = yard.rental(rental_id)
    assert (rental.status, rental.wish, rental.look_at) == (Status.DELETED, Wish.GONE, None)
    assert rental.failure == "The server is gone at the provider."
    assert (yard.balance, given_back(yard)) == (balance, [300 * SECOND])
    assert yard.account.totals.live_rentals == 0
    (message,) = yard.told(Topic.RENTAL_GONE)
    assert message.facts["gone_at"] == yard.now


def test_a_server_that_is_not_found_closes_its_rental_after_ten_minutes(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.provider.vanish(rental_id)
    yard.minutes(14)
    assert yard.status(rental_id) is Status.ONLINE
    yard.minutes(3)
    assert (yard.status(rental_id), yard.balance) == (Status.DELETED, balance)


def test_a_server_that_is_found_again_in_time_was_charged_throughout(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.server(rental_id).visible_at = yard.now + 400
    yard.minutes(10)
    assert (yard.status(rental_id), yard.rental(rental_id).missing_since) == (Status.ONLINE, None)
    assert (yard.balance, given_back(yard)) == (balance - 600 * SECOND, [])


def test_a_worker_that_looks_by_itself_closes_nothing(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.provider.die(rental_id)
    yard.drive(rental_id)
    assert yard.status(rental_id) is Status.ONLINE


def test_a_meter_is_never_turned_back(yard: Yard) -> None:
    yard.now = MIDNIGHT + DAY - 400
    rental_id, balance = seen_online(yard)
    yard.wait(100)
    yard.provider.go_down(rental_id)
    yard.wait(150)
    yard.sweep()
    yard.drive(rental_id)
    assert yard.balance == balance
    days_use = [-entry.amount for entry in yard.store.journal(ACCOUNT) if entry.facts.kind is EntryKind.USAGE]
    assert sum(days_use) == 280 * SECOND
    yard.wait(2 * DAY)
    yard.sweep()
    assert given_back(yard) == [250 * SECOND]


def test_what_is_given_back_stops_at_the_halt(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.wait(100)
    yard.provider.die(rental_id)
    yard.debit("200")
    yard.credit("200")
    yard.wait(150)
    yard.look()
    yard.wait(200)
    yard.look()
    assert yard.status(rental_id) is Status.DELETED
    assert (given_back(yard), yard.balance) == ([100 * SECOND], balance)


def test_the_disk_of_a_server_that_vanished_while_stopped_comes_back_and_no_more(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.stop(rental_id)
    yard.minutes(30)
    yard.drive(rental_id)
    balance = yard.balance
    yard.provider.die(rental_id)
    yard.minutes(6)
    assert (yard.status(rental_id), yard.balance) == (Status.DELETED, balance)


@pytest.mark.parametrize("how", ["die", "vanish"])
def test_use_comes_back_for_a_dead_server_that_its_owner_terminates(yard: Yard, how: str) -> None:
    rental_id, balance = seen_online(yard)
    getattr(yard.provider, how)(rental_id)
    yard.wait(100)
    yard.terminate(rental_id)
    yard.minutes(15)
    assert (yard.status(rental_id), given_back(yard), yard.balance) == (Status.DELETED, [100 * SECOND], balance)
    assert yard.told(Topic.RENTAL_GONE) == []


@pytest.mark.parametrize("how", ["go_down", "power_off"])
@pytest.mark.parametrize("wish", ["stop", "terminate"])
def test_use_comes_back_for_a_server_that_was_down_before_its_owner_ended_it(yard: Yard, how: str, wish: str) -> None:
    rental_id, balance = seen_online(yard)
    getattr(yard.provider, how)(rental_id)
    yard.wait(100)
    getattr(yard, wish)(rental_id)
    yard.wait(10)
    yard.drive(rental_id)
    disk = 10 * STOPPED_SECOND if wish == "stop" else 0
    assert (given_back(yard), yard.balance) == ([100 * SECOND], balance - disk)
    yard.wait(50)
    yard.drive(rental_id)
    assert given_back(yard) == [100 * SECOND]


def ended_before_midnight(yard: Yard, how: str) -> tuple[str, int]:
    """A server that was down when its owner terminated it, of which nobody saw anything before the close booked it."""
    yard.now = MIDNIGHT + DAY - 400
    rental_id, balance = seen_online(yard)
    getattr(yard.provider, how)(rental_id)
    yard.wait(100)
    yard.terminate(rental_id)
    yard.wait(200)
    yard.sweep()
    assert yard.meter(rental_id) is None
    assert (yard.balance, given_back(yard)) == (balance - 100 * SECOND, [])
    return rental_id, balance


@pytest.mark.parametrize("how", ["go_down", "power_off", "die", "vanish"])
def test_use_comes_back_also_after_the_close_has_booked_and_removed_the_meter(yard: Yard, how: str) -> None:
    rental_id, balance = ended_before_midnight(yard, how)
    yard.minutes(15)
    assert (yard.status(rental_id), given_back(yard), yard.balance) == (Status.DELETED, [100 * SECOND], balance)
    assert yard.account.ledger == balance


def test_what_comes_back_after_the_close_comes_back_once(yard: Yard) -> None:
    """Whatever happens to the worker: the answer to its commit is lost, it dies after it, and others look too."""
    rental_id, balance = ended_before_midnight(yard, "go_down")
    commit, lost = yard.store.commit, iter([True])

    def committed(*decided: object) -> None:
        commit(*decided)  # type: ignore[arg-type]
        if next(lost, False):
            raise OutcomeUnknown("no answer")

    yard.store.commit = committed  # type: ignore[method-assign, assignment]
    yard.provider.lose_request("terminate")
    yard.drive(rental_id)
    yard.drive(rental_id)
    yard.minutes(15)
    assert (yard.status(rental_id), given_back(yard), yard.balance) == (Status.DELETED, [100 * SECOND], balance)


def test_nothing_comes_back_after_the_close_for_a_server_that_ran(yard: Yard) -> None:
    yard.now = MIDNIGHT + DAY - 400
    rental_id, balance = seen_online(yard)
    yard.wait(100)
    yard.terminate(rental_id)
    yard.wait(200)
    yard.sweep()
    assert yard.meter(rental_id) is None
    yard.minutes(15)
    assert (yard.status(rental_id), given_back(yard)) == (Status.DELETED, [])
    assert yard.balance == balance - 100 * SECOND


def test_use_comes_back_for_a_server_that_was_held_until_the_end_for_good(yard: Yard) -> None:
    """No rental is closed while more than a few vanish at once, and the end takes the meters."""
    rental_ids = [yard.online(name) for name in ("a", "b", "c", "d")]
    for rental_id in rental_ids:
        yard.drive(rental_id)
    balance = yard.balance
    for rental_id in rental_ids:
        yard.provider.die(rental_id)
    yard.wait(301)
    yard.look()
    yard.debit("200")
    for _ in range(9):
        yard.wait(DAY)
        yard.sweep()
        assert yard.look().held or not yard.account.totals.live_rentals
    assert {yard.status(rental_id) for rental_id in rental_ids} == {Status.DELETED}
    assert yard.account.ledger == balance - 200_000_000


def test_nothing_comes_back_for_a_server_that_its_owner_stops(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.wait(100)
    yard.stop(rental_id)
    yard.minutes(10)
    assert (yard.status(rental_id), given_back(yard)) == (Status.STOPPED, [])
    assert yard.balance == balance - 100 * SECOND - 600 * STOPPED_SECOND


def test_nothing_comes_back_for_a_server_that_its_owner_terminates(yard: Yard) -> None:
    rental_id, balance = seen_online(yard)
    yard.wait(100)
    yard.terminate(rental_id)
    yard.minutes(15)
    assert (yard.status(rental_id), given_back(yard)) == (Status.DELETED, [])
    assert yard.balance == balance - 100 * SECOND


def test_dead_while_suspended_closes_the_rental_too(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.suspend()
    yard.minutes(3)
    yard.provider.die(rental_id)
    yard.minutes(10)
    assert yard.status(rental_id) is Status.DELETED
    assert len(yard.told(Topic.RENTAL_GONE)) == 1


def test_more_than_a_few_that_vanish_at_once_close_nothing(yard: Yard) -> None:
    rental_ids = [yard.online(name) for name in ("a", "b", "c", "d")]
    for rental_id in rental_ids:
        yard.drive(rental_id)
        yard.provider.die(rental_id)
    yard.wait(301)
    looked = yard.look()
    assert (looked.held, looked.vanished) == (True, 4)
    yard.minutes(20)
    assert {yard.status(rental_id) for rental_id in rental_ids} == {Status.ONLINE}
    assert yard.told(Topic.RENTAL_GONE) == []


def test_a_few_that_vanish_at_once_are_closed(yard: Yard) -> None:
    rental_ids = [yard.online(name) for name in ("a", "b", "c")]
    for rental_id in rental_ids:
        yard.drive(rental_id)
        yard.provider.die(rental_id)
    yard.wait(301)
    assert not yard.look().held
    assert {yard.status(rental_id) for rental_id in rental_ids} == {Status.DELETED}


def test_a_region_that_can_not_be_described_vanishes_nothing(yard: Yard) -> None:
    rental_id, _ = seen_online(yard)
    yard.provider.die(rental_id)
    yard.wait(301)
    yard.provider.throttle("describe")
    assert yard.look().vanished == 0
    assert yard.status(rental_id) is Status.ONLINE
