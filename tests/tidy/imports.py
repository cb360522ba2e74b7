"""What each place may import from outside: a list that is complete, where the contracts name what is forbidden."""

import ast
import sys
from collections.abc import Iterator

from tests.tidy.tracked import Source

OWN = frozenset({"chalicelib"})
HANDLERS = frozenset({"chalice", "aws_lambda_powertools", "msgspec"})
VENDORS = frozenset(
    {"argon2", "boto3", "botocore", "cryptography", "jwt", "pynamodb", "pyotp", "urllib3", "yaml", "zxcvbn"}
)

ALLOWED = {
    "app.py": frozenset({"chalice"}),
    "chalicelib/api/": HANDLERS,
    "chalicelib/jobs/": HANDLERS,
    "chalicelib/adapters/": VENDORS,
    "chalicelib/": frozenset(),
}
"""By the beginning of a path; the first that fits counts. Only the standard library and our own code are free."""

NOT_LOADED = "chalicelib/bootstrap/"
"""Where an import under TYPE_CHECKING may name a vendor's type."""


def allowed_in(path: str) -> frozenset[str]:
    """The distributions that a module may import."""
    return next(names for place, names in ALLOWED.items() if path.startswith(place))


def foreign_imports(source: Source) -> Iterator[str]:
    """Imports of what has no place in a module."""
    allowed = allowed_in(source.path) | OWN | sys.stdlib_module_names
    for node in _imports(source):
        for name in _roots(node):
            if name not in allowed:
                yield source.at(node, f"{name} has no place here")


def _imports(source: Source) -> Iterator[ast.Import | ast.ImportFrom]:
    unloaded = _unloaded(source.tree) if source.path.startswith(NOT_LOADED) else set()
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in unloaded:
            yield node


def _unloaded(tree: ast.Module) -> set[ast.AST]:
    guards = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    return {node for guard in guards for node in ast.walk(guard)}


def _roots(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.ImportFrom):
        yield (node.module or "a relative import").partition(".")[0] if node.level == 0 else "a relative import"
    else:
        yield from (alias.name.partition(".")[0] for alias in node.names)
