"""What the published command says, whatever it was asked, while money is short; and what it may do then."""

from tests.accounts.key_texts import public_text
from tests.cli.terminal import Terminal
from tests.stack import COMING_UP_SECONDS, GOING_DOWN_SECONDS, Customer, Stack

RENTED = ("instance", "rented")
NOT_ALLOWED = "Error: Action is not allowed"
HOUR = 3600


def test_a_low_balance_is_said_once_at_the_end_of_every_command(
    terminal: Terminal, customer: Customer, stack: Stack
) -> None:
    customer.credit("-950.00")
    customer.add_key(public_text("ed25519"))
    customer.online("trainer")
    said = "Your balance lasts until Thursday 5 March 2026, "
    for command in ((*RENTED, "ls"), ("config", "get")):
        printed = terminal.run(*command)
        assert printed.exit_code == 0
        assert printed.lines[-1].startswith(said), printed.output
        assert printed.output.count("Your balance lasts until") == 1
    customer.credit("950.00")
    assert "Your balance" not in terminal.run(*RENTED, "ls").output


def test_a_suspended_account_may_look_and_end_and_nothing_else(
    terminal: Terminal, customer: Customer, stack: Stack
) -> None:
    customer.credit("-999.00")
    customer.add_key(public_text("ed25519"))
    rental_id = customer.online("trainer")
    stack.advance(2 * HOUR)
    said = "The account is suspended. Top up at least $0.5"
    for command in ("connect -rn trainer", "restart -rn trainer", "create -n other -p Amazon -g T4 -f"):
        refused = terminal.run(*RENTED, *command.split(" "))
        assert refused.exit_code == 1
        assert refused.lines[0] == NOT_ALLOWED
        assert refused.lines[1].startswith(said) and "will be deleted on" in refused.lines[1], refused.output
    offline = terminal.run(*RENTED, "ls", "--status", "Offline")
    assert rental_id in offline.output and offline.output.count("The account is suspended") == 1
    connect = terminal.run("connect", "trainer")
    assert connect.lines[0] == f"Found a rented instance with matching name in status: 'Offline'  (ID: {rental_id})"
    assert connect.exit_code == 1
    assert terminal.ssh_arguments is None

    customer.credit("100.00")
    stack.advance(COMING_UP_SECONDS)
    assert terminal.run("connect", "trainer").exit_code == 0
    assert terminal.ssh_arguments is not None


def test_ending_what_is_halted_is_allowed(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    customer.credit("-999.00")
    customer.add_key(public_text("ed25519"))
    rental_id = customer.online("trainer")
    stack.advance(2 * HOUR)
    ended = terminal.run(*RENTED, "terminate", "-rid", rental_id)
    assert ended.exit_code == 0
    assert ended.lines[0] == f"Termination for rented instance '{rental_id}' initiated successfully"
    stack.advance(GOING_DOWN_SECONDS)
    # With nothing halted and nothing owed the account is active again.
    assert terminal.run(*RENTED, "ls").output.count("suspended") == 0
