"""Reads .chalice/resources.yaml, the one definition of tables, queues and what calls which function, into values.

Only what the local stack and the tests need of CloudFormation is understood: `Ref`, `Fn::GetAtt` and `Fn::Sub` of
parameters and resources. Anything else in a place that is read raises `NotUnderstood`, so that nothing is passed over.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.engine import ROOT

RESOURCES = ROOT / ".chalice" / "resources.yaml"
SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
Resource = Mapping[str, Any]


class NotUnderstood(ValueError):
    """The template says something here that the local stack can not do."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of a key: its name and its type, S, N or B."""

    name: str
    type: str


@dataclass(frozen=True)
class Index:
    """A global secondary index."""

    name: str
    keys: tuple[Attribute, ...]
    projection: str


@dataclass(frozen=True)
class Table:
    """A table. `keys` are hash and range; `stream_view` and `ttl_attribute` are empty where it has none."""

    logical_id: str
    keys: tuple[Attribute, ...]
    indexes: tuple[Index, ...]
    stream_view: str
    ttl_attribute: str


@dataclass(frozen=True)
class Queue:
    """A queue, and where a message goes that was received `max_receives` times. Empty and 0: nowhere."""

    logical_id: str
    visibility_seconds: int
    retention_seconds: int
    dead_letters: str
    max_receives: int


@dataclass(frozen=True)
class Schedule:
    """Calls a function every so many seconds, or at the moments of a cron expression; the other one is 0 or empty."""

    rate_seconds: int
    cron: str


@dataclass(frozen=True)
class QueueEvent:
    """Calls a function with messages of a queue, named by its logical id."""

    queue: str
    batch_size: int
    reports_failures: bool


@dataclass(frozen=True)
class StreamEvent:
    """Calls a function with records of a table's stream that match one of the patterns; all, where there is none."""

    table: str
    batch_size: int
    patterns: tuple[str, ...]
    reports_failures: bool
    bisects: bool
    max_retries: int
    dead_letters: str


Event = Schedule | QueueEvent | StreamEvent


@dataclass(frozen=True)
class Function:
    """A Lambda function, by Chalice's name (settle_account). The values of its variables are not yet resolved."""

    name: str
    logical_id: str
    variables: Mapping[str, Any]
    events: tuple[Event, ...]


@dataclass(frozen=True)
class Template:
    """What the file defines, and the default values of its parameters."""

    parameters: Mapping[str, str]
    tables: tuple[Table, ...]
    secrets: tuple[str, ...]
    """Logical ids of secrets that are generated."""
    queues: tuple[Queue, ...]
    functions: tuple[Function, ...]

    def function(self, name: str) -> Function:
        """The function of Chalice's name."""
        return next(function for function in self.functions if function.name == name)


def read_template(path: Path = RESOURCES) -> Template:
    """The template of the file."""
    content = yaml.safe_load(path.read_text())
    resources: Mapping[str, Resource] = content["Resources"]
    return Template(
        parameters={name: str(each.get("Default", "")) for name, each in content.get("Parameters", {}).items()},
        tables=tuple(_table(name, each["Properties"]) for name, each in _of(resources, "AWS::DynamoDB::Table")),
        secrets=tuple(name for name, _ in _of(resources, "AWS::SecretsManager::Secret")),
        queues=tuple(_queue(name, each.get("Properties", {})) for name, each in _of(resources, "AWS::SQS::Queue")),
        functions=tuple(_function(name, each["Properties"]) for name, each in _functions(resources)),
    )


def resolve(value: Any, ref: Callable[[str], str], attribute: Callable[[str, str], str]) -> str:
    """A value of the template as text; `ref` and `attribute` answer Ref and Fn::GetAtt."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int):
        return str(value)
    match value:
        case {"Ref": str(name), **rest} if not rest:
            return ref(name)
        case {"Fn::GetAtt": [str(name), str(part)], **rest} if not rest:
            return attribute(name, part)
        case {"Fn::Sub": str(text), **rest} if not rest:
            return re.sub(r"\$\{([^}.]+)(?:\.([^}]+))?\}", lambda found: _part(found, ref, attribute), text)
    raise NotUnderstood(f"this value is not understood: {value}")


def chalice_name(logical_id: str) -> str:
    """APIHandler is api_handler, SettleAccount is settle_account."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", logical_id).lower()


def _part(
    found: "re.Match[str]", ref: Callable[[str], str], attribute: Callable[[str, str], str]
) -> str:
    return attribute(found[1], found[2]) if found[2] else ref(found[1])


def _of(resources: Mapping[str, Resource], kind: str) -> list[tuple[str, Resource]]:
    return [(name, each) for name, each in resources.items() if each.get("Type") == kind]


def _functions(resources: Mapping[str, Resource]) -> list[tuple[str, Resource]]:
    """Functions are Chalice's own resources: the file adds properties to them and gives them no type."""
    return [
        (name, each)
        for name, each in resources.items()
        if each.get("Type", "AWS::Serverless::Function") == "AWS::Serverless::Function"
        and {"Environment", "Events"} & set(each.get("Properties", {}))
    ]


def _table(name: str, properties: Resource) -> Table:
    types = {each["AttributeName"]: each["AttributeType"] for each in properties["AttributeDefinitions"]}
    ttl = properties.get("TimeToLiveSpecification", {})
    return Table(
        logical_id=name,
        keys=_keys(properties["KeySchema"], types),
        indexes=tuple(
            Index(each["IndexName"], _keys(each["KeySchema"], types), each["Projection"]["ProjectionType"])
            for each in properties.get("GlobalSecondaryIndexes", [])
        ),
        stream_view=properties.get("StreamSpecification", {}).get("StreamViewType", ""),
        ttl_attribute=ttl.get("AttributeName", "") if ttl.get("Enabled") else "",
    )


def _keys(schema: list[Mapping[str, str]], types: Mapping[str, str]) -> tuple[Attribute, ...]:
    ordered = sorted(schema, key=lambda key: key["KeyType"] == "RANGE")
    return tuple(Attribute(key["AttributeName"], types[key["AttributeName"]]) for key in ordered)


def _queue(name: str, properties: Resource) -> Queue:
    redrive = properties.get("RedrivePolicy", {})
    return Queue(
        logical_id=name,
        visibility_seconds=int(properties.get("VisibilityTimeout", 30)),
        retention_seconds=int(properties.get("MessageRetentionPeriod", 345_600)),
        dead_letters=_named(redrive["deadLetterTargetArn"]) if redrive else "",
        max_receives=int(redrive.get("maxReceiveCount", 0)),
    )


def _function(name: str, properties: Resource) -> Function:
    return Function(
        name=chalice_name(name),
        logical_id=name,
        variables=properties.get("Environment", {}).get("Variables", {}),
        events=tuple(_event(each["Type"], each["Properties"]) for each in properties.get("Events", {}).values()),
    )


def _event(kind: str, properties: Resource) -> Event:
    reports_failures = "ReportBatchItemFailures" in properties.get("FunctionResponseTypes", [])
    if kind in ("Schedule", "ScheduleV2"):
        return _schedule(properties.get("Schedule") or properties["ScheduleExpression"])
    if kind == "SQS":
        return QueueEvent(_named(properties["Queue"]), int(properties.get("BatchSize", 10)), reports_failures)
    if kind == "DynamoDB":
        failures = properties.get("DestinationConfig", {}).get("OnFailure", {})
        return StreamEvent(
            table=_named(properties["Stream"]),
            batch_size=int(properties.get("BatchSize", 100)),
            patterns=tuple(each["Pattern"] for each in properties.get("FilterCriteria", {}).get("Filters", [])),
            reports_failures=reports_failures,
            bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
            max_retries=int(properties.get("MaximumRetryAttempts", -1)),
            dead_letters=_named(failures["Destination"]) if failures else "",
        )
    raise NotUnderstood(f"an event of the type {kind}")


def _schedule(expression: str) -> Schedule:
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
    if rate:
        return Schedule(int(rate[1]) * SECONDS[rate[2]], "")
    if re.fullmatch(r"cron\(.+\)", expression):
        return Schedule(0, expression[5:-1])
    raise NotUnderstood(f"the schedule {expression}")


def _named(value: Any) -> str:
    """The logical id of the resource whose Arn or StreamArn is meant."""
    return resolve(value, lambda name: name, lambda name, _: name)
