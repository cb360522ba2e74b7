"""Money is counted in integers: what could round by itself has no place where amounts are worked out."""

import ast
from collections.abc import Iterator

from tests.tidy.tracked import Source, dotted, imported_names

MONEY = ("chalicelib/billing/", "chalicelib/money.py", "chalicelib/instances/", "chalicelib/notices/")
"""Where amounts, prices and moments are worked out or written down."""

_ROUNDING = frozenset({"float", "round", "math.floor", "math.ceil", "math.fsum", "statistics.mean", "decimal.Decimal"})


def inexact(source: Source) -> Iterator[str]:
    """Float literals, true divisions, negative powers of ten and calls that round."""
    names = imported_names(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield source.at(node, f"{node.value} is a float")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div) and not _joins_paths(node):
            yield source.at(node, "a true division makes a float: use // or divmod")
        elif isinstance(node, ast.Call) and dotted(node.func, names) in _ROUNDING:
            yield source.at(node, f"{dotted(node.func, names)} rounds by itself")


def _joins_paths(node: ast.BinOp | ast.AugAssign) -> bool:
    """folder / "offers.json": a text on the right of the sign is no divisor."""
    right = node.right if isinstance(node, ast.BinOp) else node.value
    return isinstance(right, ast.Constant) and isinstance(right.value, str)
