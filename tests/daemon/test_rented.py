"""Daemons of rented servers: what cloud-init starts, what they say, and what is shown when they fall silent."""

from typing import Any

import pytest
import yaml

from chalicelib.instances.cloud_init import TOKEN_FILE
from chalicelib.instances.policy import Patience
from tests.accounts.key_texts import public_text
from tests.daemon.host import Host
from tests.stack import GOING_DOWN_SECONDS, Customer, Stack

KEY, SECOND = public_text("ed25519"), public_text("p256")
SILENT = Patience().silent
WEEK = 7 * 86_400


@pytest.fixture
def customer(customer: Customer) -> Customer:
    """One who has a key and can rent."""
    customer.add_key(KEY)
    return customer


def shown(customer: Customer, rental_id: str) -> dict[str, Any]:
    status, answer = customer.stack.call("GET", f"/api/v1/rentals/{rental_id}", customer.token)
    assert status == 200, answer
    return dict(answer)


def server_of(stack: Stack, rental_id: str) -> dict[str, Any]:
    """What EC2 has."""
    servers = stack.ec2("state")["servers"]
    return next(server for server in servers if server["tags"].get("gpu-cloud-rental") == rental_id)


def files_of(stack: Stack, rental_id: str) -> dict[str, dict[str, Any]]:
    """What cloud-init writes at its first boot, by path."""
    return {file["path"]: file for file in yaml.safe_load(server_of(stack, rental_id)["user_data"])["write_files"]}


def token_of(stack: Stack, rental_id: str) -> str:
    return str(files_of(stack, rental_id)[TOKEN_FILE]["content"]).strip()


def silence(stack: Stack, rental_id: str, *, silent: bool = True) -> None:
    stack.ec2(f"instances/{server_of(stack, rental_id)['id']}/silence", silent=silent)


def test_cloud_init_gives_it_a_token_of_its_own_its_keys_and_the_installer(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    document = yaml.safe_load(server_of(stack, rental_id)["user_data"])
    files = files_of(stack, rental_id)
    assert (files[TOKEN_FILE]["permissions"], files[TOKEN_FILE]["owner"]) == ("0600", "root:root")
    assert KEY in files["/home/ubuntu/.ssh/authorized_keys"]["content"].splitlines()
    ((shell, option, command),) = document["runcmd"]
    assert (shell, option) == ("sh", "-c")
    assert f"{stack.url}/daemon-api/v1/install.sh -o /run/thestage-daemon-install.sh && sh " in command
    assert command.endswith("--user ubuntu")
    assert "ssh_authorized_keys" not in document, "keys that the daemon could not take away again"


def test_its_gpus_and_shared_memory_are_shown(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    seen = shown(customer, rental_id)
    assert [gpu["name"] for gpu in seen["gpus"]] == ["NVIDIA T4"]
    assert (seen["shm_total_bytes"], seen["shm_used_bytes"]) == (8 << 30, 0)
    assert seen["last_heartbeat_at"] is not None
    listed = stack.call("GET", "/api/v1/rentals", customer.token)[1]["items"]
    assert listed == [seen]


def test_it_stays_online_over_a_long_jump(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    stack.advance(WEEK)
    assert shown(customer, rental_id)["status"] == "ONLINE"


def test_a_daemon_that_falls_silent_is_shown_and_the_price_goes_on(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    before = shown(customer, rental_id)
    silence(stack, rental_id)
    stack.advance(SILENT)
    assert shown(customer, rental_id)["status"] == "ONLINE"
    stack.advance(1)
    silent = shown(customer, rental_id)
    assert (silent["status"], silent["status_label"]) == ("UNREACHABLE_DAEMON", "Unreachable daemon")
    assert silent["price_per_hour"] == before["price_per_hour"] != "0.000000"
    assert stack.call("GET", "/api/v1/balance", customer.token)[1]["rate_per_hour"] == before["price_per_hour"]
    assert customer.status(rental_id) == "ONLINE", "it is told at the moment of reading and not stored"
    silence(stack, rental_id, silent=False)
    stack.advance(60)
    assert shown(customer, rental_id)["status"] == "ONLINE"


def test_the_command_is_told_in_lists_filters_and_views(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    silence(stack, rental_id)
    stack.advance(SILENT + 1)

    def listed(*statuses: str) -> list[tuple[str, int]]:
        answer = customer.post("/user-api/v3/instance-rented/list", {"businessStatuses": list(statuses)})
        entities = answer["paginatedEntityList"]["entities"]
        return [(one["frontendStatus"]["statusKey"], one["maxShmSizeBytes"]) for one in entities]

    assert listed() == listed("UNREACHABLE_DAEMON") == [("UNREACHABLE_DAEMON", 8 << 30)]
    assert listed("ONLINE") == []
    viewed = customer.post("/user-api/v3/instance-rented/view", {"instanceRentedSlug": "trainer"})["instanceRented"]
    assert viewed["frontendStatus"]["statusKey"] == "UNREACHABLE_DAEMON"
    found = customer.post("/user-api/v1/resolve-user-input", {"entityIdentifier": "trainer"})
    (match,) = found["instanceRentedMatchData"]
    assert (match["frontendStatus"]["statusKey"], match["canConnect"]) == ("UNREACHABLE_DAEMON", True)


def test_a_server_that_was_stopped_or_halted_is_not_unreachable(customer: Customer, stack: Stack) -> None:
    stopped, halted = customer.online("first"), customer.online("second")
    customer.post(f"/api/v1/rentals/{stopped}/stop", {})
    stack.advance(GOING_DOWN_SECONDS + SILENT)
    assert shown(customer, stopped)["status"] == "STOPPED"
    customer.credit("-1001.00")
    stack.advance(GOING_DOWN_SECONDS + SILENT)
    assert shown(customer, halted)["status_label"] == "Offline"
    customer.credit("1001.00")
    stack.advance(10 * 60)
    assert shown(customer, halted)["status"] == "ONLINE"


def test_a_key_that_came_later_is_queued_until_the_daemon_has_let_it_in(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    silence(stack, rental_id)
    key_id = customer.add_key(SECOND, "desk")
    attach = {"instanceRentedPublicId": rental_id, "sshPublicKeyPublicId": key_id}
    path = "/user-api/v2/ssh-key/add-public-ssh-key-to-instance-rented"
    assert "queued" in customer.post(path, attach)["warningsOnExit"][-1]["message"]
    assert shown(customer, rental_id)["queued_key_ids"] == [key_id]
    silence(stack, rental_id, silent=False)
    stack.advance(60)
    assert shown(customer, rental_id)["queued_key_ids"] == []
    assert customer.post(path, attach)["warningsOnExit"] == []


def test_the_real_daemon_brings_and_takes_the_keys_of_the_rental(customer: Customer, stack: Stack, host: Host) -> None:
    rental_id = customer.online("trainer")
    silence(stack, rental_id)
    host.keep_token(token_of(stack, rental_id))
    host.write_keys(files_of(stack, rental_id)["/home/ubuntu/.ssh/authorized_keys"]["content"].encode())
    elsewhere = customer.add_key(SECOND, "desk")
    assert host.run(stack.url, "--once").returncode == 0
    assert SECOND not in host.authorized_keys.read_text(), "a key of the account that is not the rental's"
    stack.services.rentals.attach_key(customer.account_id, rental_id, elsewhere)
    assert host.run(stack.url, "--once").returncode == 0
    assert SECOND in host.authorized_keys.read_text() and KEY in host.authorized_keys.read_text()
    (first,) = [key.key_id for key in stack.services.keys.list(customer.account_id) if key.name == "laptop"]
    assert stack.call("DELETE", f"/api/v1/keys/{first}", customer.token)[0] == 200
    assert host.run(stack.url, "--once").returncode == 0
    assert KEY not in host.authorized_keys.read_text(), "one that it was launched with"


def test_the_token_of_a_rental_ends_with_it(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    token = token_of(stack, rental_id)
    validate = "/daemon-api/v1/validate-token"
    assert stack.call("POST", validate, token) == (200, {"machine_id": rental_id, "name": "trainer"})
    customer.post(f"/api/v1/rentals/{rental_id}/terminate", {})
    status, answer = stack.call("POST", validate, token)
    assert (status, answer["error"]["code"]) == (401, "daemon_token_revoked")


def test_a_daemon_token_opens_nothing_else(customer: Customer, stack: Stack) -> None:
    rental_id = customer.online("trainer")
    token = token_of(stack, rental_id)
    for path in ("/api/v1/balance", "/api/v1/keys", f"/api/v1/rentals/{rental_id}", "/api/v1/self-hosted"):
        status, answer = stack.call("GET", path, token)
        assert (status, answer["error"]["code"]) == (401, "token_unknown"), path
    assert stack.call("POST", "/daemon-api/v1/validate-token", customer.token)[0] == 401
    assert stack.call("POST", "/daemon-api/v1/validate-token")[1]["error"]["code"] == "token_missing"


def test_a_launch_that_is_repeated_says_the_same(customer: Customer, stack: Stack) -> None:
    """Or EC2 would refuse it: the same client token comes with the same parameters."""
    stack.ec2("faults", action="RunInstances", effect=False, dropped=True, times=1)
    rental_id = customer.rent("trainer")
    stack.advance(15 * 60)
    assert customer.status(rental_id) == "ONLINE"
    calls = [call["parameters"] for call in stack.ec2("calls")["calls"] if call["action"] == "RunInstances"]
    launches = [asked for asked in calls if asked["ClientToken"].startswith(rental_id)]
    assert len(launches) == 2
    assert launches[0]["ClientToken"] == launches[1]["ClientToken"]
    assert launches[0]["UserData"] == launches[1]["UserData"]
