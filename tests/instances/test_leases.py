"""Leases of rentals: whatever state a rental is in when its moment comes, it is stopped, and its server follows."""

from dataclasses import replace

import pytest

from chalicelib.billing.reconciliation import Difference
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Conflict, Invalid
from chalicelib.instances.order import Lease
from chalicelib.instances.provider import ServerState
from chalicelib.instances.reconciliation import RentalAuditor
from chalicelib.instances.status import Status, Wish
from chalicelib.notices.messages import Topic
from tests.instances.yard import ACCOUNT, NOON, RUNNING_PRICE, STOPPED_PRICE, Yard


@pytest.fixture
def yard() -> Yard:
    return Yard()


def lease(yard: Yard, rental_id: str, **asked: int) -> None:
    yard.rentals.lease(ACCOUNT, rental_id, Lease(**asked))


def leased(yard: Yard, hours: int = 1) -> str:
    """A server that is online and is to be stopped after so many hours."""
    rental_id = yard.online()
    lease(yard, rental_id, hours=hours)
    return rental_id


def test_a_server_is_stopped_when_its_lease_ends(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.minutes(59)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)
    yard.minutes(3)
    assert (yard.status(rental_id), yard.rental(rental_id).wish) == (Status.STOPPED, Wish.STOPPED)
    assert yard.server(rental_id).state is ServerState.STOPPED
    assert yard.price(rental_id) == STOPPED_PRICE
    assert len(yard.told(Topic.LEASE_ENDED)) == 1


def test_the_stream_wakes_it_before_any_look(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.wait(HOUR)
    yard.sweep()
    yard._wake_for_messages()
    assert yard.status(rental_id) is Status.STOPPING
    assert not yard.server(rental_id).access_open


def test_its_own_look_finds_it_without_a_sweep_or_a_wake(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.minutes(59)
    yard.wait(60)
    yard.look()
    assert yard.status(rental_id) is Status.STOPPING
    (message,) = yard.told(Topic.LEASE_ENDED)
    assert message.created_at == NOON + 3 * 60 + HOUR


def test_however_late_it_is_charged_as_running_to_its_second_only(yard: Yard) -> None:
    rental_id = leased(yard)
    before = yard.balance
    yard.wait(DAY)
    yard.tick()
    assert before - yard.balance == RUNNING_PRICE + 23 * STOPPED_PRICE
    yard.minutes(3)
    assert yard.status(rental_id) is Status.STOPPED


def test_it_is_looked_at_when_its_lease_ends_and_no_later(yard: Yard) -> None:
    rental_id = leased(yard)
    ends_at = yard.rental(rental_id).lease_ends_at
    yard.minutes(58)
    assert yard.rental(rental_id).look_at == ends_at


def test_who_reads_sees_it_stopped_before_anybody_noticed(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.wait(HOUR + 1)
    seen = yard.rentals.get(ACCOUNT, rental_id)
    assert (seen.wish, seen.status, seen.status_since) == (Wish.STOPPED, Status.STOPPING, NOON + 180 + HOUR)
    assert seen.lease_ends_at is None
    assert yard.rentals.page(ACCOUNT, None, 10).rentals == (seen,)
    assert yard.rentals.named(ACCOUNT, "box") == seen
    assert yard.rental(rental_id).wish is Wish.RUNNING, "a read writes nothing"


def test_a_lease_can_be_taken_with_the_order(yard: Yard) -> None:
    rental_id = yard.rent(lease=Lease(hours=1))
    yard.minutes(3)
    assert yard.price(rental_id) == RUNNING_PRICE
    yard.minutes(60)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPED, STOPPED_PRICE)
    (message,) = yard.told(Topic.LEASE_ENDED)
    assert message.created_at == NOON + HOUR


def test_what_waits_for_capacity_is_stopped_free(yard: Yard) -> None:
    yard.provider.lose_capacity()
    rental_id = yard.rent()
    lease(yard, rental_id, moment=NOON + 10 * 60)
    yard.minutes(5)
    assert yard.status(rental_id) is Status.IN_QUEUE
    yard.minutes(6)
    assert (yard.status(rental_id), yard.price(rental_id), yard.rental(rental_id).wish) == (
        Status.STOPPED, 0, Wish.STOPPED,
    )  # fmt: skip
    yard.provider.regain_capacity()
    yard.minutes(30)
    assert yard.provider.existing(rental_id) == []


def test_what_is_coming_up_is_stopped_and_costs_its_disk(yard: Yard) -> None:
    rental_id = yard.rent()
    lease(yard, rental_id, moment=NOON + 30)
    yard.drive(rental_id)
    yard.wait(15)
    yard.drive(rental_id)
    yard.wait(15)
    yard.tick()
    assert (yard.rental(rental_id).wish, yard.price(rental_id)) == (Wish.STOPPED, STOPPED_PRICE)
    yard.minutes(5)
    assert yard.server(rental_id).state is ServerState.STOPPED


def test_what_is_being_started_again_is_stopped(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(3)
    yard.start(rental_id)
    lease(yard, rental_id, moment=yard.now + 1)
    yard.wait(1)
    yard.tick()
    assert (yard.rental(rental_id).wish, yard.price(rental_id)) == (Wish.STOPPED, STOPPED_PRICE)
    yard.minutes(5)
    assert yard.status(rental_id) is Status.STOPPED


def test_what_its_owner_has_stopped_stays_stopped_and_nobody_is_told(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.stop(rental_id)
    yard.minutes(70)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPED, STOPPED_PRICE)
    assert (yard.told(Topic.LEASE_ENDED), yard.rental(rental_id).lease_ends_at) == ([], None)


def test_a_halted_one_stays_stopped_after_the_restore(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.suspend()
    yard.minutes(70)
    assert len(yard.told(Topic.LEASE_ENDED)) == 1
    yard.restore()
    yard.minutes(5)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.STOPPED, STOPPED_PRICE)


def test_a_terminated_one_has_no_lease(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.terminate(rental_id)
    yard.minutes(70)
    assert (yard.status(rental_id), yard.told(Topic.LEASE_ENDED)) == (Status.DELETED, [])
    with pytest.raises(Conflict) as refusal:
        lease(yard, rental_id, hours=1)
    assert refusal.value.code == "rental_over"


def test_started_again_afterwards_it_runs_without_a_lease(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.minutes(63)
    yard.start(rental_id)
    yard.minutes(200)
    assert yard.status(rental_id) is Status.ONLINE
    assert yard.rental(rental_id).lease_ends_at is None


def test_started_again_before_any_driver_has_followed(yard: Yard) -> None:
    """Billing has stopped it, its record still says that it runs, and its owner wants it back."""
    rental_id = leased(yard)
    yard.wait(HOUR + 5)
    yard.sweep()
    started = yard.start(rental_id)
    assert (started.wish, started.lease_ends_at) == (Wish.RUNNING, None)
    yard.minutes(5)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)


@pytest.mark.parametrize("verb", ["stop", "reboot", "terminate"])
def test_other_wishes_before_any_driver_has_followed(yard: Yard, verb: str) -> None:
    rental_id = leased(yard)
    yard.wait(HOUR + 5)
    if verb == "reboot":
        with pytest.raises(Conflict):
            yard.reboot(rental_id)
    else:
        getattr(yard, verb)(rental_id)
    yard.minutes(5)
    assert yard.status(rental_id) is (Status.DELETED if verb == "terminate" else Status.STOPPED)
    assert yard.price(rental_id) == (0 if verb == "terminate" else STOPPED_PRICE)


def test_another_moment_and_none(yard: Yard) -> None:
    rental_id = leased(yard)
    lease(yard, rental_id, hours=3)
    yard.minutes(120)
    assert yard.status(rental_id) is Status.ONLINE
    yard.rentals.lease(ACCOUNT, rental_id, None)
    yard.minutes(120)
    assert (yard.status(rental_id), yard.told(Topic.LEASE_ENDED)) == (Status.ONLINE, [])


def test_down_before_its_lease_ended_gives_back_what_was_counted_as_running(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.minutes(30)
    seen_at, before = yard.now, yard.balance
    yard.provider.go_down(rental_id)
    yard.wait(2 * HOUR)
    yard.tick()
    last_sight = yard.rental(rental_id).seen_running_at or 0
    charged = before - yard.balance
    ends_at = NOON + 180 + HOUR
    assert charged == (yard.now - ends_at) * STOPPED_PRICE // 3600 - (seen_at - last_sight) * RUNNING_PRICE // 3600


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Lease(), "stop_at"),
        (Lease(hours=1, moment=NOON + 5), "stop_at"),
        (Lease(moment=NOON), "stop_at"),
        (Lease(moment=NOON + 366 * DAY + 1), "stop_at"),
        (Lease(hours=366 * 24 + 1), "stop_after_hours"),
        (Lease(hours=0), "stop_after_hours"),
    ],
)
def test_a_lease_ends_in_the_future_and_within_a_year(yard: Yard, asked: Lease, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        yard.rent(lease=asked)
    assert (refusal.value.code, refusal.value.field) == ("invalid_lease", field)


def test_the_same_order_under_the_same_key_is_the_same_rental_though_its_moment_has_passed(yard: Yard) -> None:
    order = {"lease": Lease(moment=NOON + 60), "idempotency_key": "try-1"}
    first = yard.rent(**order)
    yard.minutes(5)
    assert yard.rent(**order) == first
    with pytest.raises(Conflict) as refusal:
        yard.rent(lease=Lease(moment=NOON + 61), idempotency_key="try-1")
    assert refusal.value.code == "idempotency_key_reused"


def test_the_verifier_finds_nothing_between_the_end_and_the_next_look(yard: Yard) -> None:
    rental_id = yard.rent()
    lease(yard, rental_id, moment=NOON + 30)
    yard.drive(rental_id)
    yard.wait(15)
    yard.drive(rental_id)
    yard.wait(60)
    yard.sweep()
    assert (yard.rental(rental_id).wish, yard.price(rental_id)) == (Wish.RUNNING, STOPPED_PRICE)
    assert audit(yard) == []


def test_the_verifier_finds_a_meter_whose_lease_is_not_the_rentals(yard: Yard) -> None:
    rental_id = leased(yard)
    yard.rental_store.save(yard.rental(rental_id), replace(yard.rental(rental_id), lease_ends_at=yard.now + 1))
    (found,) = audit(yard)
    assert (found.about, "lease" in found.what) == (rental_id, True)


def audit(yard: Yard) -> list[Difference]:
    return RentalAuditor(yard.rental_store, yard.store, yard.inventory).audit()
