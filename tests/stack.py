"""The whole product in this process, for tests that speak to it over HTTP: engines, functions, gateway and a port.

It is started once for a pytest process. Its environment and its services are in place only while a test of its own
runs, so that tests of other things find the process as it was. The clock stands still until a test moves it.
"""

import json
import os
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from chalicelib import bootstrap
from chalicelib.accounts.tokens import TokenOrder
from chalicelib.bootstrap import Services
from chalicelib.clock import DAY
from chalicelib.money import USD
from local.clock import MovableClock
from local.engine import free_port
from local.engines import Engines, control_ec2
from local.environment import environment_with
from local.functions import InProcess
from local.template import read_template
from local.web import Web, serve
from local.world import World, build
from tests.judged import JudgedGateway
from tests.policies.calls import Call, needs_of
from tests.policies.iam import refused
from tests.policies.packaged import written
from tests.policies.recorder import recorded
from tests.stores import services_put_back

STARTS_AT = 20_513 * DAY + DAY // 2
"""2026-03-01T12:00:00Z"""
COMING_UP_SECONDS = 120
"""From the request for a server until it is online."""
GOING_DOWN_SECONDS = 60
"""From the request until it is stopped, rebooted or gone."""


@dataclass(frozen=True)
class Stack:
    """What a test works with."""

    url: str
    world: World
    variables: Mapping[str, str]
    gateway: JudgedGateway

    @property
    def services(self) -> Services:
        """The use cases, as an operator or another client would reach them."""
        return self.world.services

    def call(self, method: str, path: str, token: str = "", body: object = None) -> tuple[int, Any]:
        """One request; status and JSON."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    def advance(self, seconds: int) -> int:
        """Live through the next seconds; the moment at their end."""
        return self.world.timeline.advance(seconds)

    def ec2(self, what: str, **body: Any) -> dict[str, Any]:
        """A fault, or another control, of the EC2 server."""
        return control_ec2(self.world.engines.ec2, what, **body)

    def open(self, email: str, dollars: str = "0", *, verified: bool = True) -> "Customer":
        """An account with some money, and a token for it."""
        opened = self.services.opening.prepare(email, self.services.clock(), verified=verified, name="Ada")
        user = opened.user
        self.services.line_opening.open(user.account_id, user.user_id, USD, opened.writes, verified=verified)
        customer = Customer(self, user.account_id, user.user_id, email, opened.token.secret)
        customer.credit(dollars)
        return customer

    @contextmanager
    def in_place(self) -> Iterator["Stack"]:
        """Its environment and services are those of the process meanwhile.

        At the end every answer was a good one, and no function has called AWS without its policy's leave.
        """
        with environment_with(self.variables), services_put_back():
            bootstrap.use(self.services)
            left_by_others = self.ec2("state")["servers"]
            with recorded() as calls:
                yield self
        self.gateway.raise_if_wrong()
        self._raise_if_refused(calls, left_by_others)

    def _raise_if_refused(self, calls: Sequence[Call], left_by_others: Sequence[Mapping[str, Any]]) -> None:
        """Servers that others left may be gone by now, and were called before."""
        provisioned = self.world.provisioned
        needs = needs_of(calls, provisioned, [*left_by_others, *self.ec2("state")["servers"]])
        found = sorted(set(refused(needs, written(provisioned))))
        assert not found, "\n".join(found)


@dataclass(frozen=True)
class Customer:
    """Somebody with an account."""

    stack: Stack
    account_id: str
    user_id: str
    email: str
    token: str

    def credit(self, dollars: str) -> None:
        """The operator books an amount, positive or negative; 0 is not booked."""
        services = self.stack.services
        if amount := USD.parse(dollars):
            reference = services.ids.new("adjm", services.clock())
            services.adjustments.adjust(self.account_id, amount, "Test", reference)

    def new_token(self, expires_at: int | None = None) -> tuple[str, str]:
        """Id and secret of another token."""
        services = self.stack.services
        order = TokenOrder(self.account_id, self.user_id, self.email, "Another", expires_at)
        created = services.tokens.create(order, services.clock())
        return created.token.token_id, created.secret

    def post(self, path: str, body: object) -> Any:
        """The JSON of something that must be taken."""
        status, answer = self.stack.call("POST", path, self.token, body)
        assert status in (200, 201), answer
        return answer

    def add_key(self, text: str, name: str = "laptop") -> str:
        """Id of a new SSH key."""
        return str(self.post("/api/v1/keys", {"name": name, "public_key": text})["id"])

    def rent(self, name: str, offer_id: str = "off_g4dn-xlarge_us-east-1") -> str:
        """Id of a rental of 0.58 dollars per hour that is still to come up."""
        return str(self.post("/api/v1/rentals", {"name": name, "offer_id": offer_id})["id"])

    def online(self, name: str) -> str:
        """Id of a rental whose server runs."""
        rental_id = self.rent(name)
        self.stack.advance(COMING_UP_SECONDS)
        assert self.status(rental_id) == "ONLINE"
        return rental_id

    def status(self, rental_id: str) -> str:
        """The status of a rental."""
        return str(self.stack.services.rentals.get(self.account_id, rental_id).status)


@contextmanager
def started(
    directory: Path, functions: Callable[[], InProcess] = InProcess, *, issuer: str = ""
) -> Iterator[Stack]:
    """Start everything, and leave the process's environment as it was."""
    before = dict(os.environ)
    with Engines(directory / "engines", clock_file=directory / "clock.json") as engines:
        clock = MovableClock(directory / "clock.json", standing_at=STARTS_AT)
        runs = functions()
        with environment_with({}), services_put_back():
            port = free_port()
            url = f"http://127.0.0.1:{port}"
            world = build(engines, directory, "http://127.0.0.1", lambda _clock, _made: runs, clock, issuer, url)
            _keep_what_the_engine_holds_for_expired(world)
            variables = {name: value for name, value in os.environ.items() if before.get(name) != value}
        gateway = JudgedGateway(runs, runs.routes)
        server = serve(Web(world, gateway, ""), port)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield Stack(url, world, variables, gateway)
        finally:
            server.shutdown()


def _keep_what_the_engine_holds_for_expired(world: World) -> None:
    """The engine deletes by the wall clock, and the stack's may be far behind it: a session would vanish in a test."""
    dynamodb = boto3.client("dynamodb")
    for table in read_template().tables:
        if table.ttl_attribute:
            kept = {"Enabled": False, "AttributeName": table.ttl_attribute}
            name = world.provisioned.names[table.logical_id]
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=kept)
