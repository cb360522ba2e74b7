"""The packaged template in the local AWS: real functions, queues, streams and schedules, and the real command.

Nothing here runs in this process: an account is opened by `python -m ops`, a server is rented by `thestage` through
API Gateway, and what happens then is done by the sources of events that the template declares.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.engine import ROOT
from local.engines import Engines, control_ec2
from tests.accounts.key_texts import public_text
from tests.build import packaged
from tests.cli.terminal import COMMAND, Terminal
from tests.deployed.deploy import Deployed, deploy

STACK = "shop"
EMAIL = "ada@example.com"
SCHEDULE_SECONDS = 100
"""The first run of what runs each minute comes within 70 seconds: the local AWS looks at its rules every 10."""


@dataclass(frozen=True)
class Shop:
    """The deployed product and the machine of its operator."""

    deployed: Deployed
    engines: Engines
    home: Path

    def ops(self, *arguments: str) -> str:
        """What an operator's command printed; it must succeed."""
        ran = subprocess.run(
            [sys.executable, "-m", "ops", *arguments, "--stack", STACK],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **self.engines.environment()},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr + self.deployed.logs()
        return ran.stdout

    def get(self, path: str, token: str) -> Any:
        """The JSON of a page of the API."""
        request = urllib.request.Request(self.deployed.url + path, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def mails(self) -> list[Any]:
        """E-mails that SES took."""
        with urllib.request.urlopen(self.deployed.aws.engine.url + "/_ministack/ses/messages", timeout=30) as answer:
            return list(json.loads(answer.read())["messages"])

    def wait(self, what: str, seconds: float, there: Callable[[], bool]) -> None:
        """Until it is there. Fails with everything that the functions wrote."""
        deadline = time.monotonic() + seconds
        while not there():
            assert time.monotonic() < deadline, f"not {what} after {seconds:g} s\n{self.deployed.logs()}"
            time.sleep(0.5)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    assert COMMAND.exists(), "`make engines` installs the published command, which this test runs"
    package = packaged()
    with Engines(tmp_path / "engines") as engines:
        # Servers come up at once: a launch takes a while in tests of its own.
        control_ec2(engines.ec2, "settings", transition_describes=0)
        yield Shop(deploy(package, engines, STACK), engines, tmp_path / "home")


def word_after(label: str, text: str) -> str:
    return next(line.split()[1] for line in text.splitlines() if line.startswith(label))


def test_the_command_rents_from_what_cloudformation_made(shop: Shop) -> None:
    opened = shop.ops("open-account", EMAIL)
    token = word_after("token", opened)
    shop.ops("credit", EMAIL, "20.00", "--reason", "Welcome")
    terminal = Terminal(shop.home, shop.deployed.url, token)
    key = terminal.write("id_ed25519.pub", public_text("ed25519") + "\n")
    thestage(shop, terminal, "config", "upload-ssh-key", str(key), answers={"Provide a name for this key": "laptop"})
    made = thestage(shop, terminal, "instance", "rented", "create", "-p", "Amazon", "-g", "T4", "-n", "box", "-f")
    rental_id = made.split()[-1]

    def status() -> str:
        return str(shop.get(f"/api/v1/rentals/{rental_id}", token)["status"])

    # The queue `drive` launches it, the schedule of `look` finds it running.
    shop.wait("online", SCHEDULE_SECONDS, lambda: status() == "ONLINE")
    listed = thestage(shop, terminal, "instance", "rented", "ls")
    assert "Online" in listed and "box" in listed
    # A day and a half of money: `sweep` finds it due, the queue `settle` writes a message, the stream has it mailed.
    shop.wait("mailed", SCHEDULE_SECONDS, lambda: len(shop.mails()) > 0)

    assert rental_id in thestage(shop, terminal, "instance", "rented", "terminate", "-rn", "box")
    shop.wait("terminated at the provider", 30, lambda: states(shop) in ({"shutting-down"}, {"terminated"}))
    # The one thing done by hand: the next run of `look` would come within a minute.
    shop.wait("over", 30, lambda: bool(shop.deployed.invoke("Look")) and status() == "DELETED")
    assert shop.ops("verify").splitlines()[-1] == "No difference."


def thestage(shop: Shop, terminal: Terminal, *arguments: str, answers: dict[str, str] | None = None) -> str:
    """What the published command printed; it must succeed."""
    run = terminal.run(*arguments, answers=answers)
    assert run.exit_code == 0, f"{run.output}\n{shop.deployed.logs()}"
    return run.output


def states(shop: Shop) -> set[str]:
    """Of the servers that the provider has."""
    with urllib.request.urlopen(shop.engines.ec2.url + "/_control/state", timeout=30) as answer:
        return {server["state"] for server in json.loads(answer.read())["servers"]}
