"""A server of one's own beside `make run`: registered, running, and silent when it is stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from local.engine import ROOT
from tests.local.test_run import READY_SECONDS, running


def test_a_server_of_ones_own_is_registered_and_runs_until_it_is_stopped(tmp_path: Path) -> None:
    with running(tmp_path) as run:
        environment = {**os.environ, "LOCAL_DIRECTORY": str(tmp_path)}
        command = [sys.executable, "-m", "local.server", "lab-1"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
        deadline = time.monotonic() + READY_SECONDS
        while not (seen := run.get("/api/v1/self-hosted")["items"]) or not seen[0]["key_ids"]:
            assert server.poll() is None and time.monotonic() < deadline, "it did not speak"
            time.sleep(0.3)
        assert [(one["name"], one["status"]) for one in seen] == [("lab-1", "RUNNING")]
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=30)
        run.post("/local/clock", {"advance_seconds": 600})
        assert run.get("/api/v1/self-hosted")["items"][0]["status"] == "UNREACHABLE_DAEMON"
        run.end(signal.SIGINT)
    refused = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (refused.returncode, refused.stderr) == (1, "Start the product first: make run\n")
