"""Servers of researchers' own with the published command: listing and connecting, and what a hostile one may say."""

from typing import Any

import pytest

from chalicelib.instances.policy import Patience
from tests.cli.terminal import Terminal
from tests.stack import Customer, Stack

SELF_HOSTED = ("instance", "self-hosted")
LS = (*SELF_HOSTED, "ls")
ALL = (*LS, "--status", "all")
SERVERS = "/api/v1/self-hosted"
HEARTBEAT = "/daemon-api/v1/heartbeat"
GPU = {"id": 0, "name": "NVIDIA A10G", "uuid": "GPU-1", "type": "NVIDIA", "memory_bytes": 24 << 30}
NOT_CONNECTABLE = "Error: There is nothing to connect to with the provided identifier"


def said(**more: Any) -> dict[str, Any]:
    """What a daemon says."""
    report = {
        "cpu_type": "INTEL", "cpu_cores": 8, "memory_bytes": 64 << 30, "shm_total_bytes": 32 << 30,
        "shm_used_bytes": 2 << 30, "gpus": [GPU], "host_user": "root", "address": "203.0.113.77",
    }  # fmt: skip
    return {**report, **more}


def registered(customer: Customer, name: str) -> tuple[str, str]:
    """Id and token."""
    made = customer.post(SERVERS, {"name": name})
    return made["server"]["id"], made["token"]


def speaks(stack: Stack, token: str, **more: Any) -> None:
    status, answer = stack.call("POST", HEARTBEAT, token, said(**more))
    assert status == 200, answer


def running(customer: Customer, name: str, **more: Any) -> str:
    """Id of a server whose daemon has just spoken."""
    server_id, token = registered(customer, name)
    speaks(customer.stack, token, **more)
    return server_id


def rows(output: str) -> list[list[str]]:
    """The rows of a table, without the ids."""
    cells = [line.strip("║").split("║") for line in output.splitlines() if line.startswith("║")]
    return [[cell.strip() for cell in row[1:]] for row in cells if row[1].strip() != "NAME"]


def test_every_status_is_listed_newest_first(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    registered(customer, "waiting")
    stack.advance(1)
    running(customer, "silent")
    stack.advance(Patience().silent + 1)
    gone, _ = registered(customer, "gone")
    assert stack.call("DELETE", f"{SERVERS}/{gone}", customer.token)[0] == 200
    stack.advance(1)
    running(customer, "lab-1")
    usual = terminal.run(*LS)
    assert usual.exit_code == 0, usual.output
    lab = ["lab-1", "Running", "INTEL", "8", "NVIDIA", "203.0.113.77"]
    assert [row[:6] for row in rows(usual.output)] == [
        lab,
        ["silent", "Unreachable daemon", "INTEL", "8", "NVIDIA", "203.0.113.77"],
        ["waiting", "Awaiting configuration", "UNKNOWN", "", "NO_GPU", ""],
    ]
    assert "30" in rows(usual.output)[0][6], "shared memory that is free, in GiB"
    everything = terminal.run(*ALL, "--row", "3", answers={"Go to next page (0 to exit)? [2]": ""})
    assert "Current page: 1 | Total pages: 2 | Items per page: 3" in everything.output
    assert [row[:2] for row in rows(everything.output)] == [
        ["lab-1", "Running"], ["gone", "Deleted"], ["silent", "Unreachable daemon"],
        ["waiting", "Awaiting configuration"],
    ]  # fmt: skip
    assert [row[:6] for row in rows(terminal.run(*LS, "--status", "Running").output)] == [lab]


def test_a_server_without_gpus_is_listed_so(terminal: Terminal, customer: Customer) -> None:
    running(customer, "plain", gpus=[], cpu_type="ARM")
    assert rows(terminal.run(*LS).output)[0][2:5] == ["ARM", "8", "NO_GPU"]


def test_ssh_is_called_with_the_address_that_was_reported(terminal: Terminal, customer: Customer) -> None:
    server_id = running(customer, "lab-1", address="2001:db8::7")
    target = ["-o", "PreferredAuthentications=publickey", "root@2001:db8::7"]
    assert terminal.run(*SELF_HOSTED, "connect", "-sid", server_id).exit_code == 0
    assert terminal.ssh_arguments == target
    assert terminal.run(*SELF_HOSTED, "connect", "-sn", "lab-1", "-u", "ada").exit_code == 0
    assert terminal.ssh_arguments == [*target[:2], "ada@2001:db8::7"]
    named = terminal.run("connect", "lab-1")
    assert f"Found a self-hosted instance with matching name in status: 'Running' (ID: {server_id})" in named.lines
    assert terminal.ssh_arguments == target
    assert terminal.run("connect", server_id).exit_code == 0


def test_what_is_not_there_is_not_connected_to(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    waiting, token = registered(customer, "lab-1")
    early = terminal.run(*SELF_HOSTED, "connect", "-sn", "lab-1")
    assert early.exit_code == 1 and "awaiting configuration" in early.output
    assert terminal.run("connect", "lab-1").lines[-1] == NOT_CONNECTABLE
    speaks(stack, token)
    stack.advance(Patience().silent + 1)
    late = terminal.run(*SELF_HOSTED, "connect", "-sid", waiting)
    assert late.exit_code == 1 and "may be turned off or unreachable" in late.output
    assert terminal.run("connect", "lab-1").lines == [
        f"Found a self-hosted instance with matching name in status: 'Unreachable daemon' (ID: {waiting})",
        NOT_CONNECTABLE,
    ]
    assert "was not found" in terminal.run(*SELF_HOSTED, "connect", "-sn", "nowhere").output
    assert terminal.ssh_arguments is None


def test_a_name_stands_for_the_server_that_lives(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    old = running(customer, "lab-1")
    assert stack.call("DELETE", f"{SERVERS}/{old}", customer.token)[0] == 200
    assert terminal.run("connect", "lab-1").lines[-1] == NOT_CONNECTABLE
    new = running(customer, "lab-1")
    assert new in terminal.run("connect", "lab-1").output


def test_another_accounts_server_is_not_found(terminal: Terminal, customer: Customer, stack: Stack) -> None:
    server_id = running(customer, "lab-1")
    terminal.token = stack.open(f"other-{customer.email}").token
    assert "was not found" in terminal.run(*SELF_HOSTED, "connect", "-sid", server_id).output
    assert terminal.run("connect", server_id).lines == [NOT_CONNECTABLE]
    assert "No items found" in terminal.run(*ALL).output


def test_self_hosted_servers_go_on_while_the_account_is_suspended(
    terminal: Terminal, customer: Customer, stack: Stack
) -> None:
    server_id, token = registered(customer, "lab-1")
    customer.credit("-1001.00")
    assert stack.call("GET", "/api/v1/balance", customer.token)[1]["status"] == "suspended"
    speaks(stack, token)
    connected = terminal.run("connect", server_id)
    assert connected.exit_code == 0 and "suspended" in connected.output
    assert terminal.ssh_arguments is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "203.0.113.7;touch pwned"), ("address", "fe80::1%;touch pwned"), ("address", "$(touch pwned)"),
        ("address", "203.0.113.7\n"), ("host_user", "root;touch pwned"), ("host_user", "root\n"),
        ("gpus", [{**GPU, "name": "[/x]"}]), ("gpus", [{**GPU, "name": "A10G\u001b[2J"}]), ("gpus", [GPU] * 65),
        ("cpu_type", "SPARC"), ("cpu_cores", 10**9), ("cpu_cores", "8"), ("memory_bytes", -1), ("gpus", None),
    ],
    ids=repr,
)  # fmt: skip
def test_a_hostile_server_changes_nothing(
    terminal: Terminal, customer: Customer, stack: Stack, field: str, value: object
) -> None:
    server_id, token = registered(customer, "lab-1")
    speaks(stack, token)
    before = stack.call("GET", f"{SERVERS}/{server_id}", customer.token)
    status, answer = stack.call("POST", HEARTBEAT, token, said(**{field: value}))
    assert status == 400 and answer["error"]["field"].startswith(field)
    assert stack.call("GET", f"{SERVERS}/{server_id}", customer.token) == before
    assert terminal.run("connect", server_id).exit_code == 0
    assert terminal.ssh_arguments == ["-o", "PreferredAuthentications=publickey", "root@203.0.113.77"]
