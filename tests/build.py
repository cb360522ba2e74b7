"""The packaged product, built once for all tests and test processes, and again only when what it is made of changes."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

import ops.package
from ops.package import ROOT, built
from ops.package_errors import NoRuntime
from ops.package_python import runtime_python


@cache
def packaged() -> Path:
    """The folder with sam.json and deployment.zip. Skips the test where there is no Python of the Lambdas' version."""
    try:
        return built()
    except NoRuntime as reason:
        pytest.skip(str(reason))


@cache
def runtime() -> Path:
    """The interpreter of the Lambdas' version, without our packages. Skips the test where there is none."""
    try:
        return runtime_python()
    except NoRuntime as reason:
        pytest.skip(str(reason))


@cache
def unpacked() -> Path:
    """The zip as Lambda unpacks it: a folder whose files can not be written. Skips as the others do."""
    try:
        return ops.package.unpacked()
    except NoRuntime as reason:
        pytest.skip(str(reason))


@cache
def template() -> dict[str, Any]:
    """The template that CloudFormation gets."""
    read: dict[str, Any] = json.loads((packaged() / "sam.json").read_text())
    return read


@cache
def definition() -> dict[str, Any]:
    """`.chalice/resources.yaml`, for tests that need no build."""
    read: dict[str, Any] = yaml.safe_load((ROOT / ".chalice/resources.yaml").read_text())
    return read


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    """The template's resources of a type, "AWS::DynamoDB::Table", by logical id."""
    return {name: found for name, found in template()["Resources"].items() if found["Type"] == kind}


def functions() -> dict[str, dict[str, Any]]:
    """Properties of every function of the template, by logical id."""
    return {name: found["Properties"] for name, found in of_type("AWS::Serverless::Function").items()}
