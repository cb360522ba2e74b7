"""What one module alone may do: read the wall clock, draw a random number, read the environment, add blindly."""

import ast
from collections.abc import Iterator

from tests.tidy.tracked import Source, dotted, imported_names

CLOCK, CHANCE, ENVIRONMENT = "chalicelib/clock.py", "chalicelib/ids.py", "chalicelib/config.py"
PROGRAM = "chalicelib/instances/daemon/thestage_daemon.py"
"""A program of its own that we hand out and never import: on the servers that it runs on it has no other module."""

_WALL_CLOCK = frozenset(
    {
        "time.time",
        "time.time_ns",
        "time.gmtime",
        "time.localtime",
        "time.strftime",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
    }
)
_CHANCE_MODULES = frozenset({"random", "secrets", "uuid"})
_CHANCE = frozenset({"os.urandom", "os.getrandom"})
_ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv"})


def wall_clock(source: Source) -> Iterator[str]:
    """Reads of the wall clock."""
    if source.path != CLOCK:
        yield from _named(source, _WALL_CLOCK, "the wall clock is read in clock.py alone: take a Clock")


def chance(source: Source) -> Iterator[str]:
    """Draws of random numbers."""
    if source.path in (CHANCE, PROGRAM):
        return
    yield from _named(source, _CHANCE, "chance comes from ids.py alone: take Ids")
    for node in ast.walk(source.tree):
        if _imported_modules(node) & _CHANCE_MODULES:
            yield source.at(node, "chance comes from ids.py alone: take Ids")


def environment(source: Source) -> Iterator[str]:
    """Reads of environment variables."""
    if source.path not in (ENVIRONMENT, PROGRAM):
        yield from _named(source, _ENVIRONMENT, "the environment is read in config.py alone: take Config")


def blind_additions(source: Source) -> Iterator[str]:
    """DynamoDB's ADD, which adds whatever is there: a balance is set, on condition of the version that was read."""
    for node in ast.walk(source.tree):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr == "add" and not _is_method_of_self(called):
            yield source.at(node, "ADD changes what nobody has read: set the new value on condition of the version")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.lstrip().startswith("ADD "):
            yield source.at(node, "an update expression with ADD: set the new value on condition of the version")


def _is_method_of_self(called: ast.Attribute) -> bool:
    return isinstance(called.value, ast.Name) and called.value.id == "self"


def broad_catches(source: Source) -> Iterator[str]:
    """`except Exception` that neither raises again nor says on its line why it may swallow everything."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not isinstance(node.body[-1], ast.Raise):
            line = source.lines[node.lineno - 1]
            if " - " not in line.partition("#")[2]:
                yield source.at(node, "catches everything without a reason: # noqa: BLE001 - why")


def late_imports(source: Source) -> Iterator[str]:
    """Imports inside functions, which hide what a module needs."""
    if source.path.startswith("chalicelib/bootstrap/"):
        return
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield source.at(node, "an import inside a function: only bootstrap has them")


def _named(source: Source, forbidden: frozenset[str], why: str) -> Iterator[str]:
    names = imported_names(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute | ast.Name) and isinstance(node.ctx, ast.Load):
            name = dotted(node, names)
            if name in forbidden:
                yield source.at(node, f"{name}: {why}")


def _imported_modules(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {(node.module or "").partition(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def _is_broad(handler: ast.ExceptHandler) -> bool:
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(one is None or getattr(one, "id", "") in ("Exception", "BaseException") for one in caught)
