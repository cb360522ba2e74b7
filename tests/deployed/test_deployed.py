"""The packaged template in the local AWS: real functions, queues, streams and schedules, and the real command.

Nothing here runs in this process: an account is opened by `python -m ops`, a server is rented by `thestage` through
API Gateway, and what happens then is done by the sources of events that the template declares. It waits for a schedule
that runs once in a minute, so `make test-slow` runs it.
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

from chalicelib.api.openapi import document_of
from local.engine import ROOT
from local.engines import Engines, control_ec2
from tests.accounts.key_texts import public_text
from tests.api.counter import api
from tests.api.validated import Document
from tests.build import packaged
from tests.cli.terminal import COMMAND, Terminal
from tests.deployed.deploy import Deployed, deploy

pytestmark = pytest.mark.slow

STACK = "shop"
JUDGE = Document(document_of(api().routes))
ADA, BOB = "ada@example.com", "bob@example.com"
SCHEDULE_SECONDS = 150
"""What runs each minute first runs after 60 to 70 seconds, and again after as many: the local AWS looks at its rules
every 10. A run that has something to do needs a few more."""
QUEUE_SECONDS = 60
"""A queue or a stream is read at once; a function's first run on a busy machine is what takes time."""
A_DAY_OF_STORAGE = "3.120500"
"""And fourteen seconds more, at 0.13 dollars per hour."""


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

    def open(self, email: str, dollars: str) -> str:
        """The token of a new account with money."""
        opened = self.ops("open-account", email)
        self.ops("credit", email, dollars, "--reason", "Welcome")
        return next(line.split()[1] for line in opened.splitlines() if line.startswith("token"))

    def call(self, path: str, token: str, body: object = None) -> Any:
        """The JSON that the API answers to a GET, or with a body to a POST."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.deployed.url + path, content, headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read().decode()
        JUDGE.check(request.get_method(), path, answer.status, dict(answer.headers), text)
        return json.loads(text)

    def mails(self, email: str) -> list[str]:
        """Subjects of the e-mails to somebody that SES took."""
        with urllib.request.urlopen(self.deployed.aws.engine.url + "/_ministack/ses/messages", timeout=60) as answer:
            sent = [mail for mails in json.loads(answer.read())["messages"].values() for mail in mails]
        return [mail["Subject"] for mail in sent if mail["To"] == [email]]

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


def test_the_command_rents_from_what_cloudformation_made(shop: Shop) -> None:
    ada, bob = shop.open(ADA, "20.00"), shop.open(BOB, A_DAY_OF_STORAGE)
    shop.call("/api/v1/services", bob, {"code": "storage-1000"})
    terminal = Terminal(shop.home, shop.deployed.url, ada)
    key = terminal.write("id_ed25519.pub", public_text("ed25519") + "\n")
    thestage(shop, terminal, "config", "upload-ssh-key", str(key), answers={"Provide a name for this key": "laptop"})
    made = thestage(shop, terminal, "instance", "rented", "create", "-p", "Amazon", "-g", "T4", "-n", "box", "-f")
    rental_id = made.split()[-1]

    def status() -> str:
        return str(shop.call(f"/api/v1/rentals/{rental_id}", ada)["status"])

    # The stream mails what a request has written.
    shop.wait("mailed", QUEUE_SECONDS, lambda: len(shop.mails(BOB)) == 1)
    # The queue `drive` has launched it, the schedule of `look` finds it running.
    shop.wait("online", SCHEDULE_SECONDS, lambda: status() == "ONLINE")
    listed = thestage(shop, terminal, "instance", "rented", "ls")
    assert "Online" in listed and "box" in listed
    # Less than a day of money: only the schedule of `sweep` can find that, and the queue `settle` writes it.
    shop.wait("warned", SCHEDULE_SECONDS, lambda: len(shop.mails(BOB)) == 2)

    assert rental_id in thestage(shop, terminal, "instance", "rented", "terminate", "-rn", "box")
    shop.wait("terminated at the provider", QUEUE_SECONDS, lambda: states(shop) in ({"shutting-down"}, {"terminated"}))
    # The one thing done by hand: the next run of `look` would come within a minute.
    shop.wait("over", QUEUE_SECONDS, lambda: bool(shop.deployed.invoke("Look")) and status() == "DELETED")
    assert shop.ops("verify").splitlines()[-1] == "No difference."


def thestage(shop: Shop, terminal: Terminal, *arguments: str, answers: dict[str, str] | None = None) -> str:
    """What the published command printed; it must succeed."""
    run = terminal.run(*arguments, answers=answers)
    assert run.exit_code == 0, f"{run.output}\n{shop.deployed.logs()}"
    return run.output


def states(shop: Shop) -> set[str]:
    """Of the servers that the provider has."""
    with urllib.request.urlopen(shop.engines.ec2.url + "/_control/state", timeout=60) as answer:
        return {server["state"] for server in json.loads(answer.read())["servers"]}
