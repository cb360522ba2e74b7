"""The packaged functions live a short life: what they ask of AWS, what they write down, and what they import."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.functions import API
from local.identity_provider import identity_provider
from ops.package import ROOT
from tests.policies.by_lambda import made_by_lambda
from tests.policies.iam import Need, differences
from tests.policies.packaged import permissions, written
from tests.policies.scenario import STARTS_AT, Life, play
from tests.zipped.stack import zipped_stack

HEAVY = ("aws_xray_sdk", "web3", "stripe")
"""Powertools always imports the module of its Tracer, a millisecond; the SDK that a Tracer loads costs 200."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    directory = tmp_path_factory.mktemp("policies")
    with identity_provider() as issuer, zipped_stack(directory, STARTS_AT, issuer=issuer) as running:
        yield play(running)


@pytest.fixture(scope="module")
def lines(life: Life) -> Mapping[str, list[str]]:
    """What the functions have written down."""
    return life.stack.functions.log_lines()


def needs(life: Life) -> Iterator[Need]:
    """What IAM would have been asked for the functions: their own calls and those of Lambda."""
    provisioned = life.stack.world.provisioned
    yield from life.stack.needs()
    for function in provisioned.template.functions:
        yield from made_by_lambda(function, provisioned)


def test_every_function_may_do_what_it_does_and_nothing_else(life: Life) -> None:
    found = differences(needs(life), permissions(life.stack.world.provisioned))
    assert not found, "\n".join(found)


def test_the_policies_are_packaged_as_they_are_written(life: Life) -> None:
    provisioned = life.stack.world.provisioned
    assert {*map(str, permissions(provisioned))} == {*map(str, written(provisioned))}


def test_every_function_has_worked(life: Life) -> None:
    assert set(life.stack.functions.calls) == life.stack.functions.names


def test_no_secret_stands_in_any_log(life: Life, lines: Mapping[str, list[str]]) -> None:
    told = [
        f"{name} writes the {what}: {line}"
        for name, said in lines.items()
        for line in said
        for what, secret in life.secrets.items()
        if secret in line
    ]
    assert not told, "\n".join(told)
    assert len(life.secrets) > 40, "those of the scenario, and what the e-mails say"


def test_every_line_is_json_with_a_correlation_id(lines: Mapping[str, list[str]]) -> None:
    assert all(lines.values()), "every function writes something down"
    for name, said in lines.items():
        for line in said:
            assert json.loads(line)["correlation_id"], (name, line)


def test_the_id_of_a_request_goes_through_the_queue_to_the_driver(life: Life, lines: Mapping[str, list[str]]) -> None:
    asked = ids_of(lines[API], message="answered", route="/api/v1/rentals/{rental_id}/terminate")
    driven = ids_of(lines["drive_rental"], message="rental_driven", rental_id=life.boxes[1], status="TERMINATING")
    assert len(asked) == 1 and asked <= driven


def test_the_id_of_a_run_goes_through_the_queue_to_the_workers(lines: Mapping[str, list[str]]) -> None:
    assert ids_of(lines["settle_account"], message="account_settled") <= ids_of(lines["sweep"])
    assert ids_of(lines["drive_rental"]) & ids_of(lines["look"])
    assert ids_of(lines["drive_rental"]) & ids_of(lines["wake_rentals"])


def test_the_api_loads_neither_a_tracer_nor_what_only_payments_need(life: Life) -> None:
    imported = life.stack.functions.modules(API)
    assert "chalicelib.api.rentals" in imported
    assert not [name for name in imported if name.partition(".")[0] in HEAVY]
    assert not [str(file) for file in (ROOT / "chalicelib").rglob("*.py") if "Tracer" in file.read_text()]


def ids_of(lines: list[str], **facts: Any) -> set[str]:
    """Correlation ids of the lines that say these things."""
    said = [json.loads(line) for line in lines]
    return {line["correlation_id"] for line in said if facts.items() <= line.items()}
