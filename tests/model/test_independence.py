"""The model shares no code with the product: what it agrees with, it has counted by itself."""

import ast
import sys
from collections.abc import Iterator

from tests.tidy.tracked import Source, snippet, sources_in

MODEL = ("tests/model/walk.py", "tests/model/things.py", "tests/model/strides.py", "tests/model/protected.py")
OWN = {path.removesuffix(".py").replace("/", ".") for path in MODEL}


def imports(source: Source) -> Iterator[str]:
    """Modules that a module imports."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "."


def shared(source: Source) -> list[str]:
    """What it imports beyond the standard library and the model itself."""
    return [
        name for name in imports(source) if name not in OWN and name.partition(".")[0] not in sys.stdlib_module_names
    ]


def test_the_model_imports_the_standard_library_and_itself() -> None:
    model = list(sources_in(*MODEL))
    assert len(model) == len(MODEL)
    assert [name for source in model for name in shared(source)] == []


def test_what_is_shared_would_be_found() -> None:
    text = "import json\nfrom chalicelib.money import units\nfrom tests.model.twin import Twin\nfrom . import twin\n"
    assert shared(snippet(text)) == ["chalicelib.money", "tests.model.twin", "."]
