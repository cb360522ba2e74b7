"""Where the benchmarks' shop stands: on an engine of its own, reached by the variables of the process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from benchmarks.shop import Shop
from local.engines import aws_variables, ministack
from local.environment import environment_with
from local.provision import provision
from local.template import read_template

_STACK = "benchmark"


@contextmanager
def on_ministack(directory: Path) -> Iterator[Shop]:
    """A shop on ministack, over HTTP."""
    with ministack(directory) as engine, environment_with(aws_variables(engine.url)), _shop() as shop:
        yield shop


@contextmanager
def _shop() -> Iterator[Shop]:
    dynamodb = boto3.client("dynamodb")
    provisioned = provision(read_template(), dynamodb, boto3.client("sqs"), _STACK)
    variables = {**os.environ, **provisioned.all_variables()}
    with Shop(variables, provisioned, dynamodb).open() as shop:
        yield shop
