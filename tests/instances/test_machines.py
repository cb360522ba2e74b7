"""What follows from what was last heard of a machine. docs/rules.md, "Daemons"."""

from dataclasses import replace

import pytest

from chalicelib.instances.machines import Heard, SelfHostedStatus, as_heard, queued_keys, self_hosted_status
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import Status
from tests.instances.machine_contract import NOW, a_report, a_server
from tests.instances.store_contract import a_rental

SILENT = 180


def online(**more: object) -> Rental:
    """A rental whose server came up at NOW, on its second launch."""
    rental = a_rental("acct_1")
    return replace(rental, status=Status.ONLINE, status_since=NOW, attempt=2, server_id="i-1", **more)


def heard(at: int, token_id: str = "2", *applied: str) -> Heard:
    return Heard(at, token_id, a_report(applied_key_ids=applied))


def test_a_self_hosted_server_is_awaited_runs_and_falls_silent() -> None:
    server = a_server("acct_1")
    assert self_hosted_status(server, NOW + 10**9, SILENT) is SelfHostedStatus.AWAITING_CONFIGURATION
    server = server._replace(heard=heard(NOW))
    assert self_hosted_status(server, NOW + SILENT, SILENT) is SelfHostedStatus.RUNNING
    assert self_hosted_status(server, NOW + SILENT + 1, SILENT) is SelfHostedStatus.UNREACHABLE_DAEMON
    assert self_hosted_status(server._replace(deleted_at=NOW), NOW, SILENT) is SelfHostedStatus.DELETED


def test_a_rented_server_is_unreachable_once_its_daemon_has_spoken_and_fallen_silent() -> None:
    rental, last = online(), heard(NOW + 60)
    assert as_heard(rental, last, NOW + 60 + SILENT, SILENT) is rental
    seen = as_heard(rental, last, NOW + 61 + SILENT, SILENT)
    assert (seen.status, seen.status_since) == (Status.UNREACHABLE_DAEMON, NOW + 60 + SILENT)
    assert replace(seen, status=rental.status, status_since=rental.status_since) == rental


@pytest.mark.parametrize(
    "last",
    [None, heard(NOW - 1), heard(NOW + 60, "1")],
    ids=["never heard", "not heard since it came up", "the server of another launch"],
)
def test_a_daemon_that_has_not_spoken_says_nothing_about_its_server(last: Heard | None) -> None:
    rental = online()
    assert as_heard(rental, last, NOW + 10**6, SILENT) is rental


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.ONLINE])
def test_in_every_other_status_a_daemon_may_be_silent(status: Status) -> None:
    rental = replace(online(), status=status)
    assert as_heard(rental, heard(NOW + 60), NOW + 10**6, SILENT) is rental


def test_nobody_rents_for_nothing_by_stopping_the_daemon() -> None:
    """The price is that of the record, which no heartbeat changes."""
    rental = online()
    assert as_heard(rental, heard(NOW + 60), NOW + 10**6, SILENT).status is Status.UNREACHABLE_DAEMON
    assert rental.price(account_active=True) == rental.offer.running_price


def test_a_key_is_queued_until_the_daemon_of_this_launch_has_let_it_in() -> None:
    rental = online(key_ids=("key_1", "key_2", "key_3"), launched_key_ids=("key_1",))
    assert queued_keys(rental, None) == ("key_2", "key_3")
    assert queued_keys(rental, heard(NOW, "2", "key_1", "key_2")) == ("key_3",)
    assert queued_keys(rental, heard(NOW, "1", "key_2", "key_3")) == ("key_2", "key_3")
    assert queued_keys(rental, heard(NOW, "2", "key_1", "key_2", "key_3")) == ()
