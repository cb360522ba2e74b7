"""The API document is valid, says all that the API does, and leaves nothing free-form."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from chalice.app import Chalice
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.api.errors import STATUSES
from chalicelib.api.openapi import document_of, statuses_of
from chalicelib.api.view import operation_of
from tests.api.counter import api
from tests.api.validated import Client, Document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return document_of(api().routes)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            yield method.upper(), path, described


def objects(node: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of an object in a part of the document, and where it stands."""
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield where, node
        for name, inner in node.items():
            yield from objects(inner, f"{where}/{name}")
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from objects(inner, f"{where}/{place}")


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_the_document_has_every_route_and_no_other(document: dict[str, Any]) -> None:
    routed = {(method, path) for path, methods in api().routes.items() for method in methods}
    assert {(method, path) for method, path, _ in operations(document)} == routed
    assert len({described["operationId"] for _, _, described in operations(document)}) == len(routed)


MAPS = {"Transaction/properties/details", "RentAnswer/properties/missingFieldOptions/anyOf/0"}
"""Objects whose names are data, and whose values have a type. Another one says what its names look like."""


def test_no_object_is_free_form(document: dict[str, Any]) -> None:
    for where, schema in objects(document):
        if "properties" not in schema:
            assert schema["additionalProperties"]["type"] in ("string", "boolean"), where
            assert where.removeprefix("/components/schemas/") in MAPS or "propertyNames" in schema, where


def test_every_schema_has_a_plain_name_and_says_what_it_is(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert re.fullmatch("[A-Z][A-Za-z]+", name), name
        assert schema.get("description") or "enum" in schema, name


def test_every_operation_says_what_it_does_and_answers(document: dict[str, Any]) -> None:
    for method, path, described in operations(document):
        assert described["summary"] and described["description"] and described["tags"], path
        statuses = {int(status) for status in described["responses"]}
        assert {400, 413, 500} <= statuses, path
        assert 401 in statuses or described["security"] == [], path
        assert (415 in statuses) == ("requestBody" in described), path
        if "_id}" in path:
            assert 404 in statuses, path
        assert method in ("GET", "POST", "PUT", "DELETE")


def test_every_error_is_the_one_refusal(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    for response in responses.values():
        assert response["content"] == {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for _, path, described in operations(document):
        for status, response in described["responses"].items():
            if int(status) >= 400:
                assert response["$ref"].rpartition("/")[2] in responses, path


def test_every_declared_refusal_is_documented() -> None:
    for methods in api().routes.values():
        for entry in methods.values():
            declared = operation_of(entry.view_function)
            assert {STATUSES[refusal] for refusal in declared.refusals} <= set(statuses_of(declared))


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    judge = Document(document)
    bodies = [
        content
        for _, _, described in operations(document)
        for content in described.get("requestBody", {}).get("content", {}).values()
    ]
    assert bodies
    for content in bodies:
        assert "example" in content
        judge.check_schema(content["schema"], content["example"])
    for schema in _with_examples(document):
        for example in schema["examples"]:
            judge.check_schema(schema, example)


def _with_examples(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if isinstance(node.get("examples"), list):
            yield node
        for inner in node.values():
            yield from _with_examples(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _with_examples(inner)


def test_amounts_and_moments_are_described_as_such(document: dict[str, Any]) -> None:
    balance = document["components"]["schemas"]["Balance"]["properties"]
    assert balance["balance"]["type"] == "string"
    assert re.match(balance["balance"]["pattern"], "12.500000")
    assert not re.match(balance["balance"]["pattern"], "12.5")
    assert balance["as_of"]["format"] == "date-time"


def test_the_idempotency_key_is_documented_where_it_is_read(document: dict[str, Any]) -> None:
    with_key = {
        path
        for _, path, described in operations(document)
        if any(parameter["name"] == "Idempotency-Key" for parameter in described["parameters"])
    }
    assert with_key == {"/api/v1/rentals"}


def test_the_document_is_sent_to_whoever_asks(document: dict[str, Any]) -> None:
    answer = Client(api()).get("/api/openapi.json")
    assert (answer.status, answer.json) == (200, document)


def test_a_route_that_was_not_declared_fails_the_document() -> None:
    app = Chalice("undeclared", configure_logs=False)
    app.route("/x")(lambda: {})
    with pytest.raises(TypeError):
        document_of(app.routes)
