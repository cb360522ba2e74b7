"""Names that say nothing: a module, class or function called so has no owner, and collects whatever has no home."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

from tests.tidy.tracked import Source

EMPTY_WORDS = frozenset(
    {"util", "utils", "helper", "helpers", "common", "manager", "managers", "data", "info", "process", "processes"}
)

PHRASES = {
    ("user", "data"): "what EC2 calls the document that a server reads at its first boot",
    ("handle", "data"): "what html.parser calls the method that is given text",
    ("in", "process"): "in a process of the operating system: functions that run in this one",
}
"""Terms of a vendor or of the field, which are let pass as a whole, each with its reason."""

_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


def parts(name: str) -> list[str]:
    """lease_seconds -> lease, seconds; HTTPAnswer -> http, answer."""
    return [part.lower() for part in _PARTS.findall(name)]


def empty_words(name: str) -> list[str]:
    """The empty words of a name, without those that belong to a phrase."""
    words = parts(name)
    for phrase in PHRASES:
        for place in range(len(words) - len(phrase) + 1):
            if tuple(words[place : place + len(phrase)]) == phrase:
                words[place : place + len(phrase)] = [""] * len(phrase)
    return [word for word in words if word in EMPTY_WORDS]


def empty_names(source: Source) -> Iterator[str]:
    """Modules, classes and functions whose name has an empty word in it."""
    path = PurePath(source.path)
    for place in (*path.parts[:-1], path.stem):
        if found := empty_words(place):
            yield f"{source.path}: {place} is named by {', '.join(found)}"
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if found := empty_words(node.name):
            yield source.at(node, f"{node.name} is named by {', '.join(found)}")
