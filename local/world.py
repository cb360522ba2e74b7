"""The whole product on one machine: engines, tables and queues of the template, functions, and one line of time."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from chalicelib import bootstrap
from chalicelib.bootstrap import Services
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import Status
from chalicelib.instances.store import LOOK_SHARDS
from local.clock import MovableClock
from local.daemons import Daemons
from local.ec2_network import prepare_ec2, publish_image
from local.engines import Engines
from local.functions import Functions, InProcess
from local.mailbox import Mailbox
from local.moved_clock import MovedClock
from local.provision import Provisioned, provision
from local.sessions import OpenSessions
from local.sources import Pumps, QueuePump, QueueSource, StreamPump, StreamSource
from local.template import QueueEvent, StreamEvent, Template, read_template
from local.template import Schedule as Rate
from local.timeline import Schedule, Timeline

STACK = "local"
IMAGE_PARAMETER = "/gpu-cloud-billing/image"
SENDER = "billing@gpu-cloud.test"
FAR = 1 << 40
STEADY = frozenset({Status.ONLINE, Status.STOPPED})


@dataclass
class World:
    """What runs. `services` looks into it with the same code and the same clock."""

    engines: Engines
    provisioned: Provisioned
    clock: MovableClock
    services: Services
    functions: Functions
    mailbox: Mailbox
    pumps: Pumps
    timeline: Timeline
    daemons: Daemons

    def jump(self, seconds: int) -> int:
        """Move the clock as its owner asks; the moment at the end. Sessions that are open come along."""
        opened = OpenSessions.of(self.services)
        now = self.timeline.advance(seconds)
        opened.come_along(seconds)
        return now


def build(
    engines: Engines,
    directory: Path,
    console_url: str,
    functions: "Callable[[MovableClock, Provisioned], Functions] | None" = None,
    clock: MovableClock | None = None,
    issuer: str = "",
    api_url: str = "",
) -> World:
    """Join everything to engines that run. The variables of AWS and of the functions become this process's own.

    `issuer` is who plays Google; without one, signing in with Google is not offered.
    """
    os.environ.update(engines.environment())
    template = read_template()
    provisioned = _provision(template, console_url, issuer, api_url or console_url)
    os.environ.update(provisioned.all_variables())
    clock = clock or MovableClock(directory / "clock.json")
    services = Services(clock=clock)
    bootstrap.use(services)
    runs = functions(clock, provisioned) if functions else InProcess()
    mailbox = Mailbox(engines.ministack.url, directory / "mail.json", MovedClock(directory / "clock.json"))
    pumps = Pumps([*_pumps(template, provisioned, runs)])
    schedules = _schedules(template, services)
    daemons = Daemons(engines.ec2, clock)
    timeline = Timeline(
        clock, runs, schedules, pumps, mailbox.collect, lambda target: last_looks(services, target), daemons.beat
    )
    return World(engines, provisioned, clock, services, runs, mailbox, pumps, timeline, daemons)


def _provision(template: Template, console_url: str, issuer: str, api_url: str) -> Provisioned:
    ids = prepare_ec2(boto3.client("ec2"))
    publish_image(boto3.client("ssm"), IMAGE_PARAMETER, ids.image_id)
    boto3.client("ses").verify_email_identity(EmailAddress=SENDER)
    parameters = {
        **template.parameters,
        **ids.parameters(),
        "Stage": STACK,
        "MailSender": SENDER,
        "MailIdentity": SENDER,
        "ConsoleUrl": console_url,
        **({"GoogleIssuer": issuer, "GoogleClientId": "gpu-cloud-local"} if issuer else {}),
        "ApiUrl": api_url,
        "ServerImageParameter": IMAGE_PARAMETER,
        "DeletionProtection": "false",
    }
    secrets_manager = boto3.client("secretsmanager")
    dynamodb, sqs = boto3.client("dynamodb"), boto3.client("sqs")
    return provision(template, dynamodb, sqs, STACK, parameters, secrets_manager=secrets_manager)


def _pumps(template: Template, provisioned: Provisioned, functions: Functions) -> list[QueuePump | StreamPump]:
    pumps: list[QueuePump | StreamPump] = []
    for function in template.functions:
        for event in function.events:
            if isinstance(event, QueueEvent):
                url, arn = provisioned.ref(event.queue), provisioned.attribute(event.queue, "Arn")
                pumps.append(QueuePump(QueueSource(function.name, url, arn, event.batch_size), functions))
            if isinstance(event, StreamEvent):
                pumps.append(StreamPump(_stream_source(function.name, event, provisioned), functions))
    return pumps


def _stream_source(function: str, event: StreamEvent, provisioned: Provisioned) -> StreamSource:
    patterns: list[Mapping[str, Any]] = [json.loads(pattern) for pattern in event.patterns]
    return StreamSource(function, provisioned.ref(event.table), patterns, event.batch_size)


def _schedules(template: Template, services: Services) -> list[Schedule]:
    finds: dict[str, Callable[[], int | None]] = {
        "sweep": lambda: next_due(services),
        "look": lambda: next_look(services),
        "relay_missed": lambda: services.outbox.next_due_at(),
    }
    return [
        Schedule(function.name, event.rate_seconds, finds.get(function.name, _never))
        for function in template.functions
        for event in function.events
        if isinstance(event, Rate)
    ]


def _never() -> None:
    """A run that nothing waits for: it is made up for at the end of a jump."""


def next_due(services: Services) -> int | None:
    """The earliest moment at which time makes something due for any account."""
    firsts = (next(services.books_store.due(shard, FAR), None) for shard in range(8))
    return min((first[1] for first in firsts if first), default=None)


def next_look(services: Services) -> int | None:
    """The earliest look at a rental that is not as it should be."""
    moments = (look_at for rental, look_at in _looks(services) if not is_steady(rental))
    return min(moments, default=None)


def last_looks(services: Services, target: int) -> list[int]:
    """The last looks by `target` at rentals that are as they should be; the earlier ones would have found the same."""
    steady = services.config.patience.steady
    moments = set()
    for rental, look_at in _looks(services):
        first = -(-look_at // 60) * 60
        if is_steady(rental) and first <= target:
            moments.add(first + (target - first) // steady * steady)
    return sorted(moments)


def is_steady(rental: Rental) -> bool:
    """Whether a look would find what the last one found, unless somebody touched the server meanwhile."""
    return rental.status in STEADY and not rental.reboot_wanted and rental.missing_since is None


def _looks(services: Services) -> list[tuple[Rental, int]]:
    return [
        (services.rentals_store.rental(account_id, rental_id), look_at)
        for shard in range(LOOK_SHARDS)
        for account_id, rental_id, look_at in services.rentals_store.due(shard, FAR)
    ]
