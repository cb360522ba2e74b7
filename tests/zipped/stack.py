"""A whole stack whose functions are the packaged ones: engines, zip, and the timeline that moves the clock."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.clock import MovableClock
from local.engine import free_port
from local.engines import Engines, control_ec2
from local.environment import environment_with
from local.provision import Provisioned
from local.web import Web, serve
from local.world import World, build
from tests import build as package
from tests.judged import JudgedGateway
from tests.policies.calls import needs_of
from tests.policies.iam import Need
from tests.stores import services_put_back
from tests.zipped.functions import ZippedFunctions


@dataclass
class ZippedStack:
    """What a test works with: HTTP, the clock over HTTP, and the faults of the EC2 server."""

    url: str
    world: World
    functions: ZippedFunctions

    def call(
        self, method: str, path: str, token: str = "", body: object = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """One request; status and JSON."""
        sent = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, {**sent, **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def cookie_of(self, method: str, path: str, body: object) -> str:
        """Name and value of the cookie that a browser keeps of an answer."""
        return self.cookie_and_answer(method, path, body)[0]

    def cookie_and_answer(self, method: str, path: str, body: object) -> tuple[str, Any]:
        """The same, and the JSON."""
        sent = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), sent, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return str(answer.headers["Set-Cookie"]).partition(";")[0], json.loads(answer.read())

    def get(self, path: str, token: str) -> Any:
        """The JSON of a page that must be there."""
        status, answer = self.call("GET", path, token)
        assert status == 200, answer
        return answer

    def post(self, path: str, token: str, body: object) -> Any:
        """The JSON of something that must be taken."""
        status, answer = self.call("POST", path, token, body)
        assert status in (200, 201, 202), answer
        return answer

    def advance(self, seconds: int) -> int:
        """Live through the next seconds."""
        now: int = self.post("/local/clock", "", {"advance_seconds": seconds})["now"]
        return now

    def pass_unnoticed(self, seconds: int) -> None:
        """Time passes, and nothing that runs by itself runs: the schedules are late."""
        clock = self.world.clock
        with clock.replaying():
            clock.pin(clock() + seconds)

    def run(self, name: str) -> None:
        """One run of a scheduled function, and all that follows from it."""
        self.functions.invoke(name, {"source": "aws.events"})
        self.world.pumps.drain()

    def needs(self) -> Iterator[Need]:
        """What the functions have asked of IAM so far."""
        present = control_ec2(self.world.engines.ec2, "state")["servers"]
        return needs_of(self.functions.recorded(), self.world.provisioned, present)

    def mails(self) -> list[dict[str, Any]]:
        """Every e-mail sent so far, oldest first."""
        mails: list[dict[str, Any]] = self.call("GET", "/local/mail")[1]
        return mails

    def ec2(self, what: str, **body: Any) -> None:
        """A fault of the EC2 server."""
        control_ec2(self.world.engines.ec2, what, **body)


@contextmanager
def zipped_stack(directory: Path, starts_at: int, *, issuer: str = "") -> Iterator[ZippedStack]:
    """Start everything at a moment, with a clock that stands still between moves, and stop it again.

    Until then its environment and services are those of this process, as for an operator.
    """
    made: list[ZippedFunctions] = []

    def functions(clock: MovableClock, provisioned: Provisioned) -> ZippedFunctions:
        made.append(ZippedFunctions(clock, provisioned, directory))
        return made[0]

    engines_here = Engines(directory / "engines", clock_file=directory / "clock.json")
    with environment_with({}), services_put_back(), engines_here as engines:
        clock = MovableClock(directory / "clock.json", standing_at=starts_at)
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        world = build(engines, directory, "http://127.0.0.1", functions, clock, issuer, api_url=url)
        gateway = JudgedGateway(made[0], routes())
        server = serve(Web(world, gateway, ""), port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield ZippedStack(url, world, made[0])
        finally:
            server.shutdown()
            made[0].stop()
        gateway.raise_if_wrong()


def routes() -> list[str]:
    """The API's paths as the packaged template has them."""
    document = package.template()["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    return list(document["paths"])
