"""Functions, handlers and modules stay short, and every module says what it owns."""

import inspect

import pytest

from app import app
from tests.tidy.budgets import (
    LONGEST_FUNCTION,
    LONGEST_HANDLER,
    LONGEST_MODULE,
    USUAL_SHARE_PERCENT,
    is_handler,
    long_functions,
    long_handlers,
    long_modules,
    undocumented,
    usual_share,
)
from tests.tidy.tracked import PRODUCT, PYTHON, TOOLS, findings, functions, snippet, sources_in

CODE = (*PRODUCT, *TOOLS, "benchmarks/")


def test_no_function_is_longer_than_fifty_lines() -> None:
    assert findings(long_functions, sources_in(*PYTHON)) == []


@pytest.mark.parametrize("place", [PRODUCT, TOOLS], ids=["product", "tools"])
def test_ninety_five_of_a_hundred_functions_have_at_most_twenty_five_lines(place: tuple[str, ...]) -> None:
    usual, every = usual_share(sources_in(*place))
    assert usual * 100 >= USUAL_SHARE_PERCENT * every, f"{usual} of {every}"


def test_no_handler_is_longer_than_ten_lines() -> None:
    assert findings(long_handlers, sources_in(*PRODUCT)) == []


def test_no_module_is_longer_than_three_hundred_lines() -> None:
    assert findings(long_modules, sources_in(*CODE)) == []


def test_every_module_says_what_it_owns() -> None:
    assert findings(undocumented, sources_in(*PYTHON)) == []


# The rules would notice a breach.


def function_of(lines: int, decorator: str = "") -> str:
    return decorator + "def sample():\n" + "    pass\n" * (lines - 1)


def test_a_function_is_counted_from_def_to_its_end() -> None:
    assert findings(long_functions, [snippet(function_of(LONGEST_FUNCTION))]) == []
    assert findings(long_functions, [snippet(function_of(LONGEST_FUNCTION + 1))]) == [
        "chalicelib/billing/sample.py:1: sample has 51 lines; at most 50"
    ]


def test_methods_and_inner_functions_count_too() -> None:
    indented = "".join(f"    {line}\n" for line in function_of(LONGEST_FUNCTION + 1).splitlines())
    assert len(findings(long_functions, [snippet("class A:\n" + indented)])) == 1


@pytest.mark.parametrize(
    "decorator",
    [
        '@blueprint.lambda_function(name="sample")\n',
        '@operation(blueprint, "GET", "/sample")\n',
        '@cli_operation(blueprint, "/v1/sample", body=Asked)\n',
    ],
)
def test_a_handler_is_known_by_its_decorator(decorator: str) -> None:
    assert findings(long_handlers, [snippet(function_of(LONGEST_HANDLER, decorator))]) == []
    assert len(findings(long_handlers, [snippet(function_of(LONGEST_HANDLER + 1, decorator))])) == 1
    assert findings(long_handlers, [snippet(function_of(LONGEST_HANDLER + 1, "@observed\n"))]) == []


def test_every_endpoint_and_lambda_of_the_app_is_known_as_a_handler() -> None:
    """Another decorator that serves something has to be named beside the others."""
    views = [inspect.unwrap(entry.view_function) for methods in app.routes.values() for entry in methods.values()]
    served = {f"{view.__module__}.{view.__name__}" for view in views}
    served |= {one.handler_string for one in app.pure_lambda_functions}
    known = {
        f"{source.module}.{function.name}"
        for source in sources_in(*PRODUCT)
        for function in functions(source.tree)
        if is_handler(function)
    }
    assert served <= known


def test_a_module_is_counted_with_blank_lines_and_comments() -> None:
    assert findings(long_modules, [snippet("# why\n" * LONGEST_MODULE)]) == []
    assert len(findings(long_modules, [snippet("# why\n" * (LONGEST_MODULE + 1))])) == 1


@pytest.mark.parametrize("text", ["", "import os\n", '"""   """\n', "# a comment is no docstring\n"])
def test_a_module_without_a_docstring_is_found(text: str) -> None:
    assert len(findings(undocumented, [snippet(text)])) == 1


def test_the_share_of_short_functions_is_counted() -> None:
    assert usual_share([snippet(function_of(25)), snippet(function_of(26))]) == (1, 2)
