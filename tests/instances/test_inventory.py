"""The provider's inventory against the rentals: what nobody rents, and what was left behind."""

import pytest

from chalicelib.instances.inventory import Stray
from chalicelib.instances.provider import LaunchOrder, ServerState, Volume
from tests.instances.fake_provider import REGION
from tests.instances.yard import ACCOUNT, Yard, an_offer


@pytest.fixture
def yard() -> Yard:
    return Yard()


def stray_server(yard: Yard, rental_id: str, token: str = "stray") -> str:
    order = LaunchOrder(token, "ami-1", ACCOUNT, rental_id, "box", an_offer(), ("ssh-ed25519 AAAA",))
    return yard.provider.launch(order).server_id


def volume(yard: Yard, rental_id: str | None, server_id: str | None = None) -> None:
    yard.provider.left_behind.append(Volume("vol-1", REGION, server_id, rental_id, yard.now, ACCOUNT))


def found(yard: Yard, *, stop: bool = True) -> list[Stray]:
    return yard.inventory.compare(stop=stop)


def test_servers_that_are_rented_are_no_strays(yard: Yard) -> None:
    yard.online("one")
    yard.stop(yard.online("two"))
    yard.provider.lose_capacity()
    yard.rent("three")
    yard.minutes(120)
    assert found(yard) == []


def test_a_server_that_nobody_rents_is_reported_and_stopped_when_it_is_an_hour_old(yard: Yard) -> None:
    server_id = stray_server(yard, "rent_unknown")
    yard.wait(3_599)
    assert found(yard) == []
    yard.wait(1)
    (stray,) = found(yard)
    assert (stray.kind, stray.thing_id, stray.stopped) == ("server", server_id, True)
    assert stray.reason == "rental rent_unknown is not known"
    yard.wait(60)
    assert yard.provider.machines[server_id].state is ServerState.STOPPING
    assert found(yard)[0].stopped is False


def test_without_stop_nothing_is_touched(yard: Yard) -> None:
    server_id = stray_server(yard, "rent_unknown")
    yard.wait(3_600)
    assert found(yard, stop=False)[0].stopped is False
    assert yard.provider.called("stop") == []
    assert yard.provider.machines[server_id].exists


def test_a_second_server_of_a_rental_is_a_stray(yard: Yard) -> None:
    rental_id = yard.online()
    server_id = stray_server(yard, rental_id)
    yard.minutes(61)
    (stray,) = found(yard)
    assert (stray.thing_id, stray.reason) == (server_id, f"rental {rental_id} has another server")


def test_a_server_that_outlives_its_rental_is_a_stray(yard: Yard) -> None:
    rental_id = yard.online()
    yard.terminate(rental_id)
    yard.minutes(5)
    stray_server(yard, rental_id)
    yard.minutes(61)
    assert found(yard)[0].reason == f"rental {rental_id} is over"


def test_one_that_can_not_be_stopped_holds_up_no_other(yard: Yard) -> None:
    stray_server(yard, "rent_a", "a")
    stray_server(yard, "rent_b", "b")
    yard.wait(3_600)
    yard.provider.throttle("stop")
    assert [stray.stopped for stray in found(yard)] == [False, True]


def test_a_volume_left_behind_is_reported(yard: Yard) -> None:
    rental_id = yard.online()
    yard.terminate(rental_id)
    volume(yard, rental_id)
    yard.minutes(61)
    (stray,) = found(yard)
    assert (stray.kind, stray.thing_id) == ("volume", "vol-1")
    assert stray.reason == f"attached to no server; rental {rental_id} is DELETED"


def test_a_volume_of_an_ending_rental_or_on_a_server_is_not(yard: Yard) -> None:
    rental_id = yard.online()
    volume(yard, rental_id, yard.server(rental_id).server_id)
    yard.minutes(61)
    assert found(yard) == []
    yard.terminate(rental_id)
    yard.provider.left_behind.clear()
    volume(yard, rental_id)
    yard.wait(3_600)
    assert found(yard) == []


def test_a_volume_without_our_tags_of_a_rental_is_reported(yard: Yard) -> None:
    volume(yard, None)
    yard.wait(3_600)
    assert found(yard)[0].reason == "attached to no server; has no rental's tag"
