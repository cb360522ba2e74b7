"""Listing, connecting to, restarting and ending rented servers with the published command."""

import pytest

from tests.accounts.key_texts import private_text, public_text
from tests.cli.terminal import Terminal
from tests.stack import COMING_UP_SECONDS, GOING_DOWN_SECONDS, Customer, Stack

RENTED = ("instance", "rented")
LS = (*RENTED, "ls")
ALL = (*LS, "--status", "all")
NOT_CONNECTABLE = "Error: There is nothing to connect to with the provided identifier"


@pytest.fixture
def customer(customer: Customer) -> Customer:
    """One who has a key and can rent."""
    customer.add_key(public_text("ed25519"))
    return customer


def rows(output: str) -> list[list[str]]:
    """The rows of a table: name, status and address."""
    cells = [line.strip("║").split("║") for line in output.splitlines() if line.startswith("║")]
    return [[cell.strip() for cell in (row[1], row[2], row[6])] for row in cells if row[1].strip() != "NAME"]


def test_lists_show_names_statuses_and_addresses_newest_first(
    terminal: Terminal, customer: Customer, stack: Stack
) -> None:
    online = customer.online("first")
    stopped = customer.online("second")
    customer.post(f"/api/v1/rentals/{stopped}/stop", {})
    stack.advance(GOING_DOWN_SECONDS)
    customer.rent("third")
    address = stack.services.rentals.get(customer.account_id, online).address
    usual = terminal.run(*LS)
    assert rows(usual.output) == [["third", "Creating", ""], ["first", "Online", address]]
    assert usual.lines[0].startswith(
        "Listing rented server instances with the following statuses: Online, Creating, Terminating, Rebooting,"
    )
    everything = terminal.run(*ALL, "--row", "2", answers={"Go to next page (0 to exit)? [2]": ""})
    assert "Current page: 1 | Total pages: 2 | Items per page: 2" in everything.output
    assert [row[:2] for row in rows(everything.output)] == [
        ["third", "Creating"], ["second", "Stopped"], ["first", "Online"],
    ]  # fmt: skip
    assert everything.lines[-1] == "Listing completed"
    assert rows(terminal.run(*LS, "--status", "Stopped").output) == [["second", "Stopped", ""]]


def test_ssh_is_called_with_the_address_and_the_user(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    target = f"ubuntu@{stack.services.rentals.get(customer.account_id, rental_id).address}"
    assert terminal.run(*RENTED, "connect", "-rn", "trainer").exit_code == 0
    assert terminal.ssh_arguments == ["-o", "PreferredAuthentications=publickey", target]
    private = terminal.write("key", private_text("ed25519") + "\n")
    assert terminal.run(*RENTED, "connect", "-rid", rental_id, "-pk", str(private)).exit_code == 0
    with_key = ["-o", "PreferredAuthentications=publickey", "-o", "IdentitiesOnly=yes", "-i", str(private), target]
    assert terminal.ssh_arguments == with_key
    forgotten = terminal.run("connect", "trainer", "-fsa")
    assert f"Found a rented instance with matching name in status: 'Online'  (ID: {rental_id})" in forgotten.lines
    assert terminal.ssh_arguments == ["-o", "PreferredAuthentications=publickey", target]
    assert f"Connecting to rented instance '{rental_id}'..." in terminal.run("connect", rental_id).lines


def test_what_does_not_run_is_not_connected_to(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    rental_id = customer.rent("trainer")
    creating = terminal.run(*RENTED, "connect", "-rn", "trainer")
    assert creating.exit_code == 1 and "in the process of being rented" in creating.output
    stack.advance(COMING_UP_SECONDS)
    customer.post(f"/api/v1/rentals/{rental_id}/stop", {})
    stack.advance(GOING_DOWN_SECONDS)
    stopped = terminal.run(*RENTED, "connect", "-rid", rental_id)
    assert stopped.exit_code == 1 and "it is either stopped or has been deleted" in stopped.output
    assert terminal.run("connect", "trainer").lines == [
        f"Found a rented instance with matching name in status: 'Stopped'  (ID: {rental_id})",
        NOT_CONNECTABLE,
    ]
    assert terminal.ssh_arguments is None


def test_a_name_stands_for_the_rental_that_lives(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    old = customer.online("trainer")
    customer.post(f"/api/v1/rentals/{old}/terminate", {})
    stack.advance(GOING_DOWN_SECONDS)
    new = customer.online("trainer")
    connected = terminal.run("connect", "trainer")
    assert connected.exit_code == 0 and new in connected.output and old not in connected.output
    ended = terminal.run("connect", old)
    assert ended.lines[0] == f"Found a rented instance with matching ID in status: 'Deleted'  (ID: {old})"
    assert ended.exit_code == 1


def test_another_accounts_server_is_not_found(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    rental_id = customer.rent("trainer")
    terminal.token = stack.open(f"other-{customer.email}").token
    refused = terminal.run(*RENTED, "terminate", "-rid", rental_id)
    assert refused.lines == ["Error: You have no rented instance with this id or name."]
    assert terminal.run("connect", rental_id).lines == [NOT_CONNECTABLE]


def test_a_restart_is_said_and_done(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    rental_id = customer.rent("trainer")
    early = terminal.run(*RENTED, "restart", "-rn", "trainer")
    assert early.lines == ['Error: "trainer" is not online. Only a server that is online can be restarted.']
    stack.advance(COMING_UP_SECONDS)
    assert terminal.run(*RENTED, "restart", "-rn", "trainer").lines == ['"trainer" is being restarted.']
    assert customer.status(rental_id) == "REBOOTING"
    stack.advance(GOING_DOWN_SECONDS)
    assert customer.status(rental_id) == "ONLINE"


def test_an_end_is_said_once_and_repeated_without_harm(terminal: Terminal, customer: Customer) -> None:
    rental_id = customer.online("trainer")
    ended = terminal.run(*RENTED, "terminate", "-rn", "trainer")
    assert ended.lines == [f"Termination for rented instance '{rental_id}' initiated successfully"]
    assert customer.status(rental_id) == "TERMINATING"
    again = terminal.run(*RENTED, "terminate", "-rid", rental_id)
    assert (again.exit_code, again.lines) == (0, ['"trainer" had already ended.'])
