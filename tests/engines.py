"""Engines for tests, as fixtures that tests/conftest.py offers to every test.

`ministack_engine` and `ec2_engine` start once for a pytest process, on free ports. `fresh_tables` gives a test tables
and queues of its own in ministack, made from the template; `fresh_dynamodb_local_tables` the same in DynamoDB Local, or
skips with the reason. `ec2_aws` is the EC2 engine, emptied for each test, and `ec2_ids` its network and image.
"""

import json
import os
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local import dynamodb_local as second_opinion
from local.ec2_network import Ec2Ids, prepare_ec2
from local.engine import Engine, free_port
from local.engines import REGION, aws_variables, control_ec2, ec2, ministack
from local.provision import Provisioned, provision
from local.template import Template, read_template

__all__ = [
    "Aws",
    "FreshTables",
    "dynamodb_local_engine",
    "ec2_aws",
    "ec2_engine",
    "ec2_ids",
    "fresh_dynamodb_local_tables",
    "fresh_tables",
    "ministack_engine",
]

NO_RETRIES = Config(retries={"max_attempts": 0}, connect_timeout=5, read_timeout=30)


@dataclass
class Aws:
    """boto3 clients of one engine, each made once. They do not retry, so that a test sees every answer."""

    engine: Engine
    region: str = REGION
    clock_file: Path | None = None
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """The client of a service, such as "dynamodb"."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.engine.url,
                region_name=self.region,
                aws_access_key_id="test",
                aws_secret_access_key="test",
                config=NO_RETRIES,
            )
        return self._clients[service]

    def move_clock(self, offset_seconds: int) -> None:
        """Sets the engine's clock so far ahead of the wall clock."""
        assert self.clock_file is not None
        self.clock_file.write_text(json.dumps({"offset_seconds": offset_seconds}))

    def control(self, what: str, **body: Any) -> dict[str, Any]:
        """A control of the EC2 engine: see local/ec2_control.py."""
        return control_ec2(self.engine, what, **body)


@dataclass(frozen=True)
class FreshTables:
    """Tables and queues that no other test uses."""

    variables: Mapping[str, str]
    """The environment of all functions, with the endpoints and test credentials."""
    provisioned: Provisioned
    dynamodb: Any
    sqs: Any


@pytest.fixture(scope="session")
def ministack_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """ministack, for this pytest process."""
    with ministack(tmp_path_factory.mktemp("ministack")) as engine:
        yield Aws(engine)


def why_no_dynamodb_local() -> str:
    """Why tests on DynamoDB Local are skipped; empty when they can run."""
    if os.environ.get("DYNAMODB") != "local":
        return "DynamoDB Local is asked for by DYNAMODB=local: make test-dynamodb-local"
    reason = second_opinion.why_not()
    return f"DynamoDB Local can not run here: {reason}" if reason else ""


@pytest.fixture(scope="session")
def dynamodb_local_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """Amazon's DynamoDB Local, for this pytest process. Skips, with the reason, where it can not run."""
    reason = why_no_dynamodb_local()
    if reason:
        pytest.skip(reason)
    log = tmp_path_factory.mktemp("dynamodb-local") / "log"
    with second_opinion.dynamodb_local(free_port(), log) as engine:
        yield Aws(engine)


@pytest.fixture(scope="session")
def ec2_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    """The local EC2, for this pytest process."""
    directory = tmp_path_factory.mktemp("ec2")
    clock_file = directory / "clock.json"
    with ec2(directory, clock_file=clock_file) as engine:
        yield Aws(engine, clock_file=clock_file)


@pytest.fixture
def fresh_tables(ministack_engine: Aws) -> FreshTables:
    """Tables and queues in ministack: 30 milliseconds."""
    return tables_in(ministack_engine, ministack_engine)


@pytest.fixture
def fresh_dynamodb_local_tables(dynamodb_local_engine: Aws, ministack_engine: Aws) -> FreshTables:
    """Tables in DynamoDB Local, queues in ministack: 200 milliseconds."""
    return tables_in(dynamodb_local_engine, ministack_engine)


@pytest.fixture
def ec2_aws(ec2_engine: Aws) -> Aws:
    """The local EC2 without servers, faults, settings or a moved clock of other tests."""
    if ec2_engine.clock_file is not None:
        ec2_engine.clock_file.unlink(missing_ok=True)
    ec2_engine.control("reset")
    return ec2_engine


@pytest.fixture
def ec2_ids(ec2_aws: Aws) -> Ec2Ids:
    """Network, groups and image in the emptied local EC2."""
    return prepare_ec2(ec2_aws.client("ec2"))


def tables_in(tables: Aws, everything_else: Aws) -> FreshTables:
    dynamodb, sqs = tables.client("dynamodb"), everything_else.client("sqs")
    provisioned = provision(_template(), dynamodb, sqs, f"t-{uuid.uuid4().hex[:12]}")
    endpoints = {
        **aws_variables(everything_else.engine.url),
        "AWS_ENDPOINT_URL_DYNAMODB": tables.engine.url,
        "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": tables.engine.url,
    }
    return FreshTables({**endpoints, **provisioned.all_variables()}, provisioned, dynamodb, sqs)


@cache
def _template() -> Template:
    """Read once: it takes longer than making the tables."""
    return read_template()
