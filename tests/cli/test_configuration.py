"""Tokens, profiles and what is refused before any request, with the published command."""

import json
import subprocess

import msgspec
import pytest

from chalicelib.api.cli_shapes import AllowedCliCommands
from tests.cli.terminal import COMMAND, Terminal
from tests.stack import Customer, Stack

SET = ("config", "set", "-t")
SAVED = "Configuration updated successfully. Profile was saved."


def test_a_token_is_kept_shown_and_cleared(terminal: Terminal, customer: Customer) -> None:
    terminal.token = None
    assert SAVED in terminal.run(*SET, customer.token).output
    kept = terminal.configuration
    assert (kept["thestage_auth_token"], kept["thestage_api_url"]) == (customer.token, terminal.url)
    assert f'"{customer.account_id}"' in json.dumps(kept) and f'"{customer.user_id}"' in json.dumps(kept)
    shown = terminal.run("config", "get")
    assert f"ACTIVE PROFILE: {customer.email}" in shown.lines
    assert f"ACTIVE ACCESS TOKEN: {customer.token}" in shown.lines
    assert f"BACKEND URL: {terminal.url}" in shown.lines
    assert f"  {customer.email}" in shown.lines
    assert terminal.run("config", "clear").exit_code == 0
    assert not (terminal.home / ".thestage").exists()


def test_profiles_are_switched_and_one_that_went_bad_is_dropped(
    terminal: Terminal, customer: Customer, stack: Stack
) -> None:
    terminal.token = None
    other = stack.open(f"other-{customer.email}")
    terminal.run(*SET, customer.token)
    assert SAVED in terminal.run(*SET, other.token, answers={"Do you want to change current token?": "y"}).output
    switched = terminal.run("config", "switch-profile", answers={"Choose which profile to use": "1"})
    assert f"2. {other.email} (active)" in switched.lines
    assert f"Switched to profile: {customer.email}" in switched.lines
    (token,) = stack.services.tokens.list(other.account_id)
    stack.services.tokens.disable(other.account_id, token.token_id, stack.services.clock())
    dropped = terminal.run("config", "switch-profile", answers={"Choose which profile to use": "2"})
    assert dropped.exit_code == 1
    message = "Error: Selected profile is no longer valid and was removed: the token has been disabled"
    assert message in dropped.lines


def test_a_token_that_went_bad_is_neither_kept_nor_used(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    _, expired = customer.new_token(expires_at=stack.services.clock() + 60)
    stack.advance(60)
    terminal.token = None
    refused = terminal.run(*SET, expired)
    assert (refused.exit_code, refused.lines) == (1, ["Error: Provided token is invalid: the token has expired"])
    terminal.token = expired
    used = terminal.run("instance", "rented", "ls")
    assert used.exit_code == 1
    assert used.lines[0].startswith("Error: Your access token is invalid: the token has expired. To refresh it")
    assert used.lines[-1] == "Authentication failed"


def test_who_has_no_token_is_asked_for_it(terminal: Terminal, customer: Customer) -> None:
    terminal.token = None
    listed = terminal.run("instance", "rented", "ls", answers={"access token": customer.token})
    assert listed.lines[0].startswith("Error: Your access token is invalid: no access token is set.")
    assert "No items found" in listed.lines
    assert terminal.configuration["thestage_auth_token"] == customer.token


@pytest.mark.parametrize("command", ["project ls", "container ls"])
def test_what_is_not_offered_is_refused_without_a_word_of_deprecation(terminal: Terminal, command: str) -> None:
    refused = terminal.run(*command.split(" "))
    assert (refused.exit_code, refused.lines) == (1, ["Error: Action is not allowed"])


def test_every_command_that_there_is_is_allowed_or_refused_and_none_is_left_out() -> None:
    """One that is left out is taken for deprecated."""
    asked = "from thestage.cli_command import CliCommand; print(*(one.value for one in CliCommand))"
    known = subprocess.check_output([COMMAND.with_name("python"), "-c", asked], text=True).split()
    offered = ("CONNECT", "LOGIN", "LOGOUT", "VERSION", "INSTANCE_", "CONFIG_")
    allowed = msgspec.to_builtins(AllowedCliCommands())
    assert allowed == {name: name.startswith(offered) for name in known}


def test_help_names_the_providers_and_gpus_on_offer(terminal: Terminal) -> None:
    shown = " ".join(terminal.run("instance", "rented", "create", "--help").output.split())
    assert "allowed options: Amazon" in shown
    assert "A100, A10G, H100, H200, L4, L40S, T4" in shown


def test_there_are_no_self_hosted_servers(terminal: Terminal) -> None:
    listed = terminal.run("instance", "self-hosted", "ls", "--status", "all")
    assert (listed.exit_code, listed.lines[-1]) == (0, "No items found")
    assert "Awaiting configuration, Running, Unreachable daemon, Deleted" in listed.output
    connected = terminal.run("instance", "self-hosted", "connect", "-sn", "lab")
    assert "Self-hosted instance was not found" in connected.output
    assert terminal.ssh_arguments is None
