"""`make run`: stopped and started again it goes on from where it was; killed, it says what was lost and starts anew."""

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.api.openapi import document_of
from local.account import Ready
from local.engine import ROOT, free_port
from local.greeting import greeting
from tests.api.counter import api
from tests.api.validated import Document
from tests.engines import Aws

READY_SECONDS = 60
JUDGE = Document(document_of(api().routes))


class Run:
    """One `python -m local` and how to talk to it."""

    def __init__(self, process: "subprocess.Popen[str]", directory: Path) -> None:
        self.process = process
        run = json.loads((directory / "run.json").read_text())
        self.url, self.token = run["url"], run["token"]

    def get(self, path: str) -> Any:
        return self._answer("GET", path, None)

    def post(self, path: str, body: object) -> Any:
        return self._answer("POST", path, json.dumps(body).encode())

    def _answer(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        if path.startswith("/api/"):
            JUDGE.check(method, path, answer.status, dict(answer.headers), text)
        return json.loads(text)

    def end(self, how: signal.Signals) -> str:
        self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=60)
        return said


def start(directory: Path, **variables: str) -> "subprocess.Popen[str]":
    """A run of its own session, as in a terminal of its own; what it says is in its output."""
    usual = {"LOCAL_DIRECTORY": str(directory), "PORT": str(free_port()), "DYNAMODB": ""}
    environment = {**os.environ, **usual, **variables}
    return subprocess.Popen(
        [sys.executable, "-m", "local"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@contextmanager
def running(directory: Path, **variables: str) -> Iterator[Run]:
    (directory / "run.json").unlink(missing_ok=True)
    process = start(directory, **variables)
    deadline = time.monotonic() + READY_SECONDS
    while not (directory / "run.json").exists():
        assert process.poll() is None and time.monotonic() < deadline, "it did not start"
        time.sleep(0.1)
    try:
        yield Run(process, directory)
    finally:
        process.kill()
        process.wait()


def rents_and_lives_a_day(run: Run) -> dict[str, Any]:
    offer = run.get("/api/v1/offers?gpu_name=T4")["items"][0]
    run.post("/api/v1/rentals", {"name": "box-1", "offer_id": offer["id"]})
    run.post("/local/clock", {"advance_seconds": 2 * 86_400})
    return seen(run)


def seen(run: Run) -> dict[str, Any]:
    """What a newcomer would look at: rentals with their addresses, history, mails."""
    rentals = [(one["id"], one["status"], one["address"]) for one in run.get("/api/v1/rentals")["items"]]
    history = [(one["sequence"], one["hash"]) for one in run.get("/api/v1/transactions")["items"]]
    mails = [(mail["subject"], mail["sent_at"]) for mail in run.get("/local/mail")]
    return {"rentals": rentals, "history": history, "mails": mails, "token": run.token}


def test_ctrl_c_and_again_finds_everything_as_it_was(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        left = rents_and_lives_a_day(first)
        moved_to = first.get("/local/clock")["now"]
        assert left["rentals"][0][1] == "ONLINE" and left["mails"]
        assert "goes on from here" in first.end(signal.SIGINT)
    with running(tmp_path) as second:
        found = seen(second)
        assert found == left
        assert second.get("/local/clock")["now"] >= moved_to
        assert ops(tmp_path, "verify").splitlines()[-1] == "No difference."
        second.post("/local/clock", {"advance_seconds": 86_400})
        assert len(seen(second)["history"]) == len(left["history"]) + 1, "time goes on as before"


def ops(directory: Path, *arguments: str) -> str:
    """What an operator's command on the running stack printed; it must succeed."""
    environment = {**os.environ, "LOCAL_DIRECTORY": str(directory)}
    command = [sys.executable, "-m", "ops", *arguments]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_an_operators_command_lives_by_the_moved_clock(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        run.post("/local/clock", {"advance_seconds": 10 * 86_400})
        before = run.get("/local/clock")["now"]
        ops(tmp_path, "credit", json.loads((tmp_path / "run.json").read_text())["email"], "5", "--reason", "More time")
        (newest, *_) = run.get("/api/v1/transactions")["items"]
        booked_at = datetime.fromisoformat(newest["created_at"]).timestamp()
        assert newest["amount"] == "5.000000" and before <= booked_at <= run.get("/local/clock")["now"]


def test_killed_it_says_what_was_lost_and_starts_anew(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        rents_and_lives_a_day(first)
        first.end(signal.SIGKILL)
    with running(tmp_path) as second:
        assert second.get("/api/v1/rentals")["items"] == []
        assert second.get("/api/v1/balance")["balance"] == "120.000000"
        assert second.token != first.token
        assert "not stopped but killed" in second.end(signal.SIGINT)


def refused(directory: Path, **variables: str) -> str:
    """What a run that can not start says."""
    process = start(directory, **variables)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1 and "Traceback" not in said, said
    return said


def test_a_port_that_is_none_is_told(tmp_path: Path) -> None:
    assert "PORT is a number from 1 to 65535" in refused(tmp_path, PORT="http")


def test_a_port_in_use_is_told_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is in use" in refused(tmp_path, PORT=str(port))
    assert not (tmp_path / "run").exists()


def test_it_shares_neither_its_directory_nor_its_terminal_and_is_where_the_command_asks(tmp_path: Path) -> None:
    """The command keeps the address of its first run, which wins over the environment's."""
    kept = tmp_path / "thestage-home" / "config.json"
    kept.parent.mkdir()
    kept.write_text(json.dumps({"main": {"thestage_api_url": "http://127.0.0.1:1", "thestage_auth_token": "x"}}))
    with running(tmp_path) as run:
        assert json.loads(kept.read_text())["main"] == {"thestage_api_url": run.url, "thestage_auth_token": "x"}
        said = refused(tmp_path)
        assert "Another run uses" in said and "Stop it" in said and "LOCAL_DIRECTORY" in said
        goes_away_early(run)
        said = run.end(signal.SIGINT)
    assert "Traceback" not in said and said.endswith("goes on from here.\n")


def goes_away_early(run: Run) -> None:
    """A client whose request has no length that can be read, and that does not wait for its answer's end."""
    with socket.create_connection(("127.0.0.1", int(run.url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(b"POST /local/clock HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\nmore")
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_a_closed_terminal_keeps_everything(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.end(signal.SIGHUP)
    assert not (tmp_path / "run.json").exists()
    with running(tmp_path) as second:
        assert second.token == first.token
        assert "killed" not in second.end(signal.SIGINT)


def test_ctrl_c_while_it_starts_is_obeyed_and_breaks_nothing(tmp_path: Path) -> None:
    process = start(tmp_path)
    while not (tmp_path / "run" / "running.json").exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0 and "goes on from here" in said, said
    with running(tmp_path) as second:
        assert second.get("/api/v1/balance")["balance"] == "120.000000"


def test_the_printed_commands_work_from_any_folder_and_below_one_with_a_blank() -> None:
    said = greeting(Path("/a b"), Path("/a b/run"), "http://127.0.0.1:8000", Ready("ada@example.com", "token"))
    words = shlex.split(next(line for line in said.splitlines() if "config set" in line))
    assert words[1] == "THESTAGE_CONFIG_DIR=/a b/thestage-home"
    assert Path(words[2]).is_absolute() and words[3:] == ["config", "set", "-t", "token"]


def test_it_prints_where_to_go_and_three_commands_that_work(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        said = greeting(tmp_path, tmp_path / "run", run.url, Ready("researcher@example.com", run.token))
        commands = [
            line.strip() for line in said.partition("Try, in another terminal:\n")[2].splitlines() if run.url in line
        ]
        assert f"The product runs at {run.url}\n" in said and f"{run.url}/local/mail" in said
        assert len(commands) == 3 and "config set" in commands[0] and "create" in commands[1]
        for command in commands:
            ran = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stdout + ran.stderr
        assert [one["status"] for one in run.get("/api/v1/rentals")["items"]] == ["ONLINE"]


def test_without_java_it_says_why_and_keeps_its_tables_in_ministack(tmp_path: Path) -> None:
    with running(tmp_path, DYNAMODB="local", PATH=str(tmp_path)) as run:
        assert run.get("/api/v1/balance")["balance"] == "120.000000"
        assert "can not run here: java is not on the PATH" in run.end(signal.SIGINT)


@pytest.mark.dynamodb_local
def test_with_dynamodb_local_it_goes_on_too_and_leaves_the_other_run_alone(
    tmp_path: Path, dynamodb_local_engine: Aws
) -> None:
    with running(tmp_path) as other:
        assert other.get("/api/v1/balance")["balance"] == "120.000000"
        other.end(signal.SIGINT)
    with running(tmp_path, DYNAMODB="local") as first:
        left = rents_and_lives_a_day(first)
        assert left["rentals"][0][1] == "ONLINE" and left["mails"]
        first.end(signal.SIGINT)
    with running(tmp_path, DYNAMODB="local") as second:
        assert seen(second) == left
        second.end(signal.SIGINT)
    with running(tmp_path) as other:
        assert other.get("/api/v1/rentals")["items"] == []
