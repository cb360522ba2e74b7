"""`make run`: stopped and started again it goes on from where it was; killed, it says what was lost and starts anew."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from local.engine import ROOT, free_port

READY_SECONDS = 60


class Run:
    """One `python -m local` and how to talk to it."""

    def __init__(self, process: "subprocess.Popen[str]", directory: Path) -> None:
        self.process = process
        run = json.loads((directory / "run.json").read_text())
        self.url, self.token = run["url"], run["token"]

    def get(self, path: str) -> Any:
        request = urllib.request.Request(self.url + path, headers={"Authorization": f"Bearer {self.token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def post(self, path: str, body: object) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def end(self, how: signal.Signals) -> str:
        self.process.send_signal(how)
        said, _ = self.process.communicate(timeout=60)
        return said


@contextmanager
def running(directory: Path) -> Iterator[Run]:
    variables = {**os.environ, "LOCAL_DIRECTORY": str(directory), "PORT": str(free_port())}
    (directory / "run.json").unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "local"], cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True
    )
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
        environment = {**os.environ, "LOCAL_DIRECTORY": str(tmp_path)}
        verify = [sys.executable, "-m", "ops", "verify"]
        verified = subprocess.run(verify, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert (verified.returncode, verified.stdout.splitlines()[-1]) == (0, "No difference."), verified.stdout
        second.post("/local/clock", {"advance_seconds": 86_400})
        assert len(seen(second)["history"]) == len(left["history"]) + 1, "time goes on as before"


def test_killed_it_says_what_was_lost_and_starts_anew(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        rents_and_lives_a_day(first)
        first.end(signal.SIGKILL)
    with running(tmp_path) as second:
        assert second.get("/api/v1/rentals")["items"] == []
        assert second.get("/api/v1/balance")["balance"] == "50.000000"
        assert second.token != first.token
        assert "not stopped but killed" in second.end(signal.SIGINT)
