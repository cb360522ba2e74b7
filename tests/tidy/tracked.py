"""The repository's own files: which there are, what they say, and where in them a convention is broken."""

import ast
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("app.py", "chalicelib/")
TOOLS = ("local/", "ops/")
PYTHON = (*PRODUCT, *TOOLS, "benchmarks/", "tests/")


@dataclass(frozen=True)
class Source:
    """One file of Python: where it is from the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def module(self) -> str:
        """chalicelib.billing.settle; a package is named without its __init__."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def at(self, node: ast.AST, what: str) -> str:
        """A finding, as an editor can jump to it."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {what}"


Rule = Callable[[Source], Iterable[str]]


@cache
def tracked() -> tuple[str, ...]:
    """Every file that git tracks and that is still there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(path for path in listed.stdout.split("\0") if path and (ROOT / path).is_file())


@cache
def sources() -> tuple[Source, ...]:
    """Every tracked file of Python."""
    return tuple(Source(path, (ROOT / path).read_text()) for path in tracked() if path.endswith(".py"))


def sources_in(*places: str) -> Iterator[Source]:
    """Those at or below the places."""
    return (source for source in sources() if source.path.startswith(places))


def texts() -> Iterator[tuple[str, str]]:
    """Path and text of every tracked file that is text."""
    for path in tracked():
        try:
            yield path, (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue


def findings(rule: Rule, found_in: Iterable[Source]) -> list[str]:
    """What a rule finds in sources."""
    return [finding for source in found_in for finding in rule(source)]


def snippet(text: str, path: str = "chalicelib/billing/sample.py") -> Source:
    """A source that a test writes itself."""
    return Source(path, text)


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method, inner ones too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """What an expression such as `datetime.now` refers to, by what the module imported: datetime.datetime.now."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    return f"{dotted(node.value, names)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def imported_names(tree: ast.AST) -> dict[str, str]:
    """What each imported name of a module stands for: `from time import time as now` gives now: time.time."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names
