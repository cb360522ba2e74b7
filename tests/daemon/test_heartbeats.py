"""The daemon run for real against the running product, from a folder that it takes for its server."""

import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from chalicelib.instances.policy import Patience
from tests.accounts.key_texts import public_text
from tests.daemon.host import Host
from tests.daemon.program import daemon
from tests.stack import Customer, Stack

KEY, SECOND = public_text("ed25519"), public_text("p256")
MINE = b"# mine\nssh-rsa AAAAB3 me@home\n\n  # odd \xff line\r\nno newline at the end"
SERVERS = "/api/v1/self-hosted"
WAIT_SECONDS = 20


def registered(customer: Customer, host: Host, name: str = "lab-1") -> str:
    """Id of a server whose token the host has."""
    made = customer.post(SERVERS, {"name": name})
    host.keep_token(made["token"])
    return str(made["server"]["id"])


def shown(customer: Customer, server_id: str) -> dict[str, Any]:
    status, answer = customer.stack.call("GET", f"{SERVERS}/{server_id}", customer.token)
    assert status == 200, answer
    return dict(answer)


def beats(host: Host, url: str, *, well: bool = True) -> str:
    """One run of the daemon; what it says."""
    ran = host.run(url, "--once")
    assert (ran.returncode == 0) is well, ran.stderr
    assert ran.stdout == ""
    return ran.stderr


def test_a_server_is_awaited_runs_falls_silent_and_is_back(customer: Customer, stack: Stack, host: Host) -> None:
    server_id = registered(customer, host)
    assert shown(customer, server_id)["status"] == "AWAITING_CONFIGURATION"
    beats(host, stack.url)
    running = shown(customer, server_id)
    assert (running["status"], running["address"], running["host_user"]) == ("RUNNING", "127.0.0.1", host.user)
    stack.advance(Patience().silent)
    assert shown(customer, server_id)["status"] == "RUNNING"
    stack.advance(1)
    silent = shown(customer, server_id)
    assert (silent["status"], silent["status_label"]) == ("UNREACHABLE_DAEMON", "Unreachable daemon")
    beats(host, stack.url)
    assert shown(customer, server_id)["status"] == "RUNNING"


def test_it_says_what_its_machine_has(customer: Customer, stack: Stack, host: Host) -> None:
    server_id = registered(customer, host)
    beats(host, stack.url)
    seen = shown(customer, server_id)
    shm = shutil.disk_usage(host.root / "dev/shm")
    assert (seen["memory_bytes"], seen["shm_total_bytes"]) == (65_536 * 1024, shm.total)
    assert seen["cpu_type"] in ("INTEL", "ARM") and seen["cpu_cores"] >= 1
    assert seen["gpus"] == [
        {"id": 0, "name": "NVIDIA A100-SXM4-40GB", "uuid": "GPU-5f0c1f2e-8d7a", "type": "NVIDIA",
         "memory_bytes": 40_960 << 20},
        {"id": 1, "name": "NVIDIA A100 (reboot)", "uuid": "GPU-77", "type": "NVIDIA", "memory_bytes": 40_960 << 20},
    ]  # fmt: skip


@pytest.mark.parametrize("script", ["exit 9", "echo 'NVIDIA-SMI has failed'", "printf '\\377\\376,,,\\n1,2\\n'"])
def test_without_a_working_nvidia_smi_it_has_no_gpus(
    customer: Customer, stack: Stack, host: Host, script: str
) -> None:
    server_id = registered(customer, host)
    host.program("nvidia-smi", f"#!/bin/sh\n{script}\n")
    beats(host, stack.url)
    assert (shown(customer, server_id)["gpus"], shown(customer, server_id)["status"]) == ([], "RUNNING")


def test_keys_arrive_and_leave_with_the_next_heartbeat(customer: Customer, stack: Stack, host: Host) -> None:
    host.write_keys(MINE)
    server_id = registered(customer, host)
    first = customer.add_key(KEY)
    beats(host, stack.url)
    begin, end = daemon.BEGIN.encode(), daemon.END.encode()
    assert host.authorized_keys.read_bytes() == b"\n".join([begin, KEY.encode(), end, MINE])
    assert shown(customer, server_id)["key_ids"] == [first]
    second = customer.add_key(SECOND, "desk")
    assert stack.call("DELETE", f"/api/v1/keys/{first}", customer.token)[0] == 200
    beats(host, stack.url)
    assert host.authorized_keys.read_bytes() == b"\n".join([begin, SECOND.encode(), end, MINE])
    assert shown(customer, server_id)["key_ids"] == [second]
    assert host.authorized_keys.stat().st_mode & 0o777 == 0o600
    assert host.run(stack.url, "--remove-keys").returncode == 0
    assert host.authorized_keys.read_bytes() == b"\n".join([begin, end, MINE])


def test_where_there_was_no_file_one_is_made_for_its_owner_alone(customer: Customer, stack: Stack, host: Host) -> None:
    registered(customer, host)
    beats(host, stack.url)
    assert not host.authorized_keys.exists(), "there was nothing to write"
    customer.add_key(KEY)
    beats(host, stack.url)
    modes = [path.stat().st_mode & 0o777 for path in (host.authorized_keys, host.authorized_keys.parent)]
    assert modes == [0o600, 0o700]


def test_it_goes_on_by_itself_and_says_at_once_what_it_has_let_in(customer: Customer, stack: Stack, host: Host) -> None:
    key_id = customer.add_key(KEY)
    server_id = registered(customer, host)
    running = host.start(stack.url)
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while shown(customer, server_id)["key_ids"] != [key_id]:
            assert running.poll() is None and time.monotonic() < deadline, "it did not speak twice"
            time.sleep(0.2)
        assert KEY.encode() in host.authorized_keys.read_bytes()
    finally:
        running.kill()
        said = running.communicate()[1]
    assert said == "", "all went well, so there is nothing to say"


def test_a_new_token_ends_the_old_one_and_an_end_ends_both(customer: Customer, stack: Stack, host: Host) -> None:
    host.write_keys(MINE)
    customer.add_key(KEY)
    server_id = registered(customer, host)
    old = host.token_file.read_text().strip()
    made = customer.post(f"{SERVERS}/{server_id}/token", {})
    said = beats(host, stack.url, well=False)
    assert "status 401" in said and old not in said
    assert host.authorized_keys.read_bytes() == MINE
    assert stack.call("POST", "/daemon-api/v1/validate-token", old)[1]["error"]["code"] == "daemon_token_revoked"
    host.keep_token(made["token"])
    beats(host, stack.url)
    assert stack.call("DELETE", f"{SERVERS}/{server_id}", customer.token)[0] == 200
    before = host.authorized_keys.read_bytes()
    beats(host, stack.url, well=False)
    assert host.authorized_keys.read_bytes() == before
    assert shown(customer, server_id)["status"] == "DELETED"


def test_a_token_of_an_older_secret_is_renewed_in_time(customer: Customer, stack: Stack, host: Host) -> None:
    server_id = registered(customer, host)
    secrets = stack.services.signer.secrets()
    vars(stack.services)["signer"] = type(stack.services.signer)(lambda: (b"a newer secret", *secrets))
    for name in ("seal", "heartbeats"):
        vars(stack.services).pop(name, None)
    try:
        old = host.token_file.read_text()
        beats(host, stack.url)
        assert host.token_file.read_text() not in ("", old)
        assert host.token_file.stat().st_mode & 0o777 == 0o600
        vars(stack.services)["signer"] = type(stack.services.signer)(lambda: (b"newest", b"a newer secret"))
        for name in ("seal", "heartbeats"):
            vars(stack.services).pop(name, None)
        beats(host, stack.url)
        assert shown(customer, server_id)["status"] == "RUNNING"
    finally:
        for name in ("signer", "seal", "heartbeats", "self_hosted"):
            vars(stack.services).pop(name, None)


@pytest.mark.parametrize("version", ["3.8", "3.13"])
def test_it_runs_on_old_and_new_pythons(customer: Customer, stack: Stack, host: Host, version: str) -> None:
    found = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))
    python = str(found[-1]) if found else shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    customer.add_key(KEY)
    registered(customer, host)
    ran = host.run(stack.url, "--once", python=python)
    assert ran.returncode == 0, ran.stderr
    assert KEY.encode() in host.authorized_keys.read_bytes()


# A server that answers something else.

KEYS = [{"id": "key_0wn5x8k20q7gt4mz1r3c", "public_key": SECOND}]
GOOD = json.dumps({"keys": KEYS, "next_in_seconds": 60, "token": None})
BROKEN = {
    "an error": (500, "application/json", GOOD),
    "too busy": (503, "application/json", "{}"),
    "a page": (200, "text/html", "<html>"),
    "JSON of another type": (200, "text/plain", GOOD),
    "a redirect": (302, "application/json", GOOD),
    "no JSON": (200, "application/json", GOOD[:-2]),
    "another shape": (200, "application/json", "[]"),
    "nothing": (200, "application/json", ""),
    "no keys": (200, "application/json", '{"next_in_seconds": 60}'),
    "a huge list": (200, "application/json", json.dumps({**json.loads(GOOD), "keys": KEYS * 5000})),
    "a key of two lines": (200, "application/json", GOOD.replace(SECOND, SECOND + "\\nssh-rsa AAAA")),
    "a key with options": (200, "application/json", GOOD.replace(SECOND, "no-pty " + SECOND)),
    "a token for a shell": (200, "application/json", GOOD.replace("null", '"; reboot"')),
}


@contextmanager
def answering(status: int, media_type: str, body: str) -> Iterator[str]:
    """A server that has one answer."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body.encode())))
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_a_broken_answer_changes_nothing(host: Host, what: str) -> None:
    host.keep_token("aaa.bbb.ccc")
    kept = daemon.edited(MINE, [KEY])
    host.write_keys(kept)
    with answering(*BROKEN[what]) as url:
        said = beats(host, url, well=False)
    assert host.authorized_keys.read_bytes() == kept
    assert host.token_file.read_text() == "aaa.bbb.ccc\n"
    assert "aaa.bbb" not in said and SECOND not in said and len(said.splitlines()) == 1
    assert [path.name for path in host.authorized_keys.parent.iterdir()] == ["authorized_keys"]


def test_the_answer_that_is_broken_there_is_a_good_one(host: Host) -> None:
    host.keep_token("aaa.bbb.ccc")
    host.write_keys(MINE)
    with answering(200, "application/json", GOOD) as url:
        beats(host, url)
    assert host.authorized_keys.read_bytes() == daemon.edited(MINE, [SECOND])


def test_no_answer_at_all_changes_nothing(host: Host) -> None:
    host.keep_token("aaa.bbb.ccc")
    host.write_keys(MINE)
    assert beats(host, "http://127.0.0.1:9", well=False) == "failed: URLError\n"
    assert host.authorized_keys.read_bytes() == MINE
