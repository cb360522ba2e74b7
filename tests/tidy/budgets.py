"""How long things may be, so that each can be read at once."""

import ast
from collections.abc import Iterable, Iterator

from tests.tidy.tracked import Source, functions

LONGEST_FUNCTION = 50
USUAL_FUNCTION = 25
USUAL_SHARE_PERCENT = 95
LONGEST_HANDLER = 10
LONGEST_MODULE = 300
HANDLER_DECORATORS = frozenset({"operation", "cli_operation", "lambda_function"})


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from `def` to the end; decorators, which declare and do nothing, are not counted."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def is_handler(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether a decorator makes it an endpoint or a Lambda."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in HANDLER_DECORATORS:
            return True
    return False


def long_functions(source: Source) -> Iterator[str]:
    """Functions over the limit."""
    for function in functions(source.tree):
        if length(function) > LONGEST_FUNCTION:
            yield source.at(function, f"{function.name} has {length(function)} lines; at most {LONGEST_FUNCTION}")


def long_handlers(source: Source) -> Iterator[str]:
    """Handlers that do more than parse, make one call and render."""
    for function in functions(source.tree):
        lines = length(function)
        if is_handler(function) and lines > LONGEST_HANDLER:
            yield source.at(function, f"handler {function.name} has {lines} lines; at most {LONGEST_HANDLER}")


def long_modules(source: Source) -> Iterator[str]:
    """Modules over the limit."""
    if len(source.lines) > LONGEST_MODULE:
        yield f"{source.path}: {len(source.lines)} lines; at most {LONGEST_MODULE}"


def undocumented(source: Source) -> Iterator[str]:
    """Modules that do not say what they own."""
    if not (ast.get_docstring(source.tree) or "").strip():
        yield f"{source.path}: has no docstring that says what it owns"


def usual_share(sources: Iterable[Source]) -> tuple[int, int]:
    """How many functions are of usual length, and how many there are."""
    lengths = [length(function) for source in sources for function in functions(source.tree)]
    return sum(one <= USUAL_FUNCTION for one in lengths), len(lengths)
