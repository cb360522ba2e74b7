"""The codes that errors are answered with, and their statuses, collected from the source."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from chalicelib.accounts.tokens import Refusal
from chalicelib.api.errors import INTERNAL_STATUS, STATUSES, status_of
from chalicelib.errors import Failure
from tests.tidy.tracked import ROOT, Source, sources_in

WHERE_CODES_ARE_MADE = ("chalicelib/",)

COMPOSED: Mapping[str, tuple[str, ...]] = {
    "f'token_{found}'": tuple(f"token_{reason}" for reason in Refusal),
    "refusal.code": (),
}
"""Codes that are not written out: each by its expression, and what it can come to. One is another error's own."""

Codes = dict[str, set[int]]


def codes_of_functions() -> Codes:
    """By code: the statuses that our own functions answer it with."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for source in sources_in(*WHERE_CODES_ARE_MADE):
        for code, status in codes_in(source):
            found[code].add(status)
    return dict(found)


def codes_in(source: Source) -> Iterator[tuple[str, int]]:
    """Codes of the errors that one module makes."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        given = next((keyword.value for keyword in node.keywords if keyword.arg == "code"), None)
        kind = _failures().get(node.func.id)
        if kind is not None:
            codes = (kind.code,) if given is None else _literals(given)
            yield from ((code, status_of(kind(""))) for code in codes)
        elif node.func.id == "Problem" and isinstance(given, ast.Constant):
            yield str(given.value), INTERNAL_STATUS


def _failures() -> dict[str, type[Failure]]:
    return {kind.__name__: kind for kind in STATUSES if issubclass(kind, Failure)}


def _literals(expression: ast.expr) -> tuple[str, ...]:
    match expression:
        case ast.Constant(value=str(code)):
            return (code,)
        case ast.IfExp(body=one, orelse=other):
            return (*_literals(one), *_literals(other))
    return COMPOSED[ast.unparse(expression)]


def codes_of_the_gateway() -> Codes:
    """By code: the statuses of API Gateway's own answers, where it is told one."""
    definition: dict[str, Any] = yaml.safe_load((ROOT / ".chalice/resources.yaml").read_text())
    body = definition["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    found: defaultdict[str, set[int]] = defaultdict(set)
    for answer in body["x-amazon-apigateway-gateway-responses"].values():
        written = re.search(r'"code": "(\w+)"', answer["responseTemplates"]["application/json"])
        assert written, "an answer of the gateway has no code"
        found[written[1]] |= {answer["statusCode"]} if "statusCode" in answer else set()
    return dict(found)
