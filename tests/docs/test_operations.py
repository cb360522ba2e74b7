"""docs/operations.md names every parameter, variable, number and alarm that there is, and no other."""

import re
from typing import Any, get_type_hints

import pytest
import yaml

from chalicelib.billing.policy import Policy
from chalicelib.config import Config
from chalicelib.instances.policy import Patience
from ops.__main__ import COMMANDS
from tests.docs.pages import page
from tests.tidy.tracked import ROOT

operations = page("docs/operations.md")
definition: dict[str, Any] = yaml.safe_load((ROOT / ".chalice/resources.yaml").read_text())


def named(heading: str) -> set[str]:
    """What the first column of a section's tables names."""
    return {name for row in operations.rows(heading) for name in re.findall(r"`([^`]+)`", row[0])}


def test_every_parameter_is_explained() -> None:
    assert named("Parameters") == set(definition["Parameters"])


def test_the_defaults_of_parameters_are_told_as_they_are() -> None:
    for row in operations.rows("Parameters"):
        default = definition["Parameters"][row[0].strip("`")]["Default"]
        shown = {"": "none"}.get(default, str(default))
        assert row[1] == shown or "SSM parameter" in row[2], row


def test_every_alarm_says_what_to_do() -> None:
    alarms = {name for name, made in definition["Resources"].items() if made.get("Type") == "AWS::CloudWatch::Alarm"}
    assert named("Alarms") == alarms


def test_every_variable_of_the_functions_is_explained() -> None:
    variables: set[str] = set()
    for made in definition["Resources"].values():
        variables |= set(made.get("Properties", {}).get("Environment", {}).get("Variables", {}))
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', (ROOT / "chalicelib/config.py").read_text()))
    assert variables | read <= named("Environment variables")


@pytest.mark.parametrize("kind", [Policy, Patience, Config])
def test_every_number_is_explained(kind: type) -> None:
    numbers = {name for name, wanted in get_type_hints(kind).items() if wanted in (int, tuple[int, ...])}
    assert numbers and numbers <= named("Changing numbers")


def test_no_number_is_explained_that_is_none() -> None:
    known = {name for kind in (Policy, Patience, Config) for name in get_type_hints(kind)}
    assert named("Changing numbers") <= known


def test_every_command_is_explained() -> None:
    assert {name.split()[0] for name in named("The operator's command")} == set(COMMANDS)
