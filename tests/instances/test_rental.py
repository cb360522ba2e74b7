"""What a rental costs at a moment, and what it is called."""

from dataclasses import replace

import pytest

from chalicelib.instances.rental import Rental, counted_units, measured, new_meter
from chalicelib.instances.status import LABELS, OVER, Status, Wish, label
from tests.instances.yard import ACCOUNT, RUNNING_PRICE, STOPPED_PRICE, an_offer

RENTAL = Rental("rent_1", ACCOUNT, "box", an_offer(), 0, ("ssh-ed25519 AAAA",), ("key_1",), server_id="i-1")
CHARGED = {Status.ONLINE, Status.REBOOTING}


@pytest.mark.parametrize("status", Status)
def test_running_is_charged_only_once_it_was_seen_running(status: Status) -> None:
    rental = replace(RENTAL, status=status)
    assert rental.price(account_active=True) == (RUNNING_PRICE if status in CHARGED else 0)


@pytest.mark.parametrize("status", Status)
def test_its_owners_stop_is_charged_at_the_price_of_the_disk(status: Status) -> None:
    rental = replace(RENTAL, status=status, wish=Wish.STOPPED)
    assert rental.price(account_active=True) == (0 if status in OVER else STOPPED_PRICE)
    assert replace(rental, server_id=None).price(account_active=True) == 0


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("wish", Wish)
def test_nothing_is_charged_while_suspended_or_after_the_request_to_terminate(status: Status, wish: Wish) -> None:
    rental = replace(RENTAL, status=status, wish=wish)
    assert rental.price(account_active=False) == 0
    assert replace(rental, wish=Wish.GONE).price(account_active=True) == 0


def test_without_a_sight_the_running_price_goes_on_and_ends_and_never_begins() -> None:
    online = replace(RENTAL, status=Status.ONLINE)
    halted = new_meter(online)
    unseen = measured(halted, online, account_active=True, moment=10, seen_running=False)
    seen = measured(halted, online, account_active=True, moment=10)
    assert (unseen.price, seen.price) == (0, RUNNING_PRICE)
    assert measured(seen, online, account_active=True, moment=20, seen_running=False).price == RUNNING_PRICE
    assert measured(seen, online, account_active=False, moment=20, seen_running=False).price == 0


def test_what_resumes_by_itself_is_a_disk() -> None:
    meter = new_meter(RENTAL)
    running = measured(meter, RENTAL, account_active=False, moment=10)
    stopped = measured(meter, replace(RENTAL, wish=Wish.STOPPED), account_active=False, moment=10)
    nothing = measured(meter, replace(RENTAL, wish=Wish.STOPPED, server_id=None), account_active=False, moment=10)
    assert (running.resumes, running.wished_price) == (False, RUNNING_PRICE)
    assert (stopped.resumes, stopped.wished_price) == (True, STOPPED_PRICE)
    assert (nothing.resumes, nothing.wished_price) == (True, 0)


def test_what_a_meter_has_counted_is_not_changed_by_a_close() -> None:
    meter = new_meter(RENTAL).at_price(7, 100)
    booked, _ = meter.booked_at(86_400)
    assert booked is not None
    for moment in (86_400, 90_000):
        assert counted_units(booked, moment) == counted_units(meter, moment) == 7 * (moment - 100)


def test_a_server_halted_with_its_account_is_offline() -> None:
    stopped = replace(RENTAL, status=Status.STOPPED)
    assert label(stopped.status, account_active=False) == "Offline"
    assert label(stopped.status, account_active=True) == "Stopped"


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_label_without_brackets(status: Status) -> None:
    assert LABELS[status] and not set("[]") & set(LABELS[status])
