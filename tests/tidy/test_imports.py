"""The import rules hold: the contracts of .importlinter, and a complete list of what may come from outside."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.tidy.imports import allowed_in, foreign_imports
from tests.tidy.tracked import PRODUCT, ROOT, findings, snippet, sources_in

LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """The contracts against the code in a folder."""
    command = [str(LINT_IMPORTS), "--no-cache", "--config", str(ROOT / ".importlinter")]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


def test_nothing_comes_from_outside_but_what_is_listed() -> None:
    assert findings(foreign_imports, sources_in(*PRODUCT)) == []


def test_the_app_registers_and_defines_nothing() -> None:
    app = next(sources_in("app.py"))
    assert "def " not in app.text and "class " not in app.text


# The rules would notice a breach.


@pytest.mark.parametrize(
    ("path", "text", "broken"),
    [
        ("chalicelib/billing/stray.py", "from chalicelib.instances.rental import Rental", "The house"),
        ("chalicelib/billing/stray.py", "from chalicelib.adapters.sqs import SqsQueue", "The house"),
        ("chalicelib/accounts/stray.py", "from chalicelib.notices.messages import Topic", "The house"),
        ("chalicelib/money_stray.py", "", "The house"),
        ("chalicelib/jobs/stray.py", "from chalicelib.api.view import operation", "The house"),
        ("chalicelib/api/stray.py", "from chalicelib.adapters.sqs import SqsQueue", "Handlers reach adapters"),
        ("chalicelib/instances/stray.py", "import boto3", "Vendors stay in adapters"),
        ("chalicelib/adapters/stray.py", "import chalice", "The web framework"),
        ("chalicelib/billing/stray.py", "from local.clock import MovableClock", "What is deployed"),
        ("ops/stray.py", "from local.world import World", "do not use each other"),
    ],
)
def test_a_contract_breaks(tmp_path: Path, path: str, text: str, broken: str) -> None:
    for folder in ("chalicelib", "local", "ops"):
        _copy_code(folder, tmp_path)
    (tmp_path / path).write_text(f'"""A stray."""\n\n{text}\n')
    done = lint(tmp_path)
    assert done.returncode != 0
    assert broken in done.stdout.replace("\n", " ").partition("Broken contracts")[2]


def _copy_code(folder: str, target: Path) -> None:
    for source in sources_in(folder + "/"):
        place = target / source.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(source.text)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("chalicelib/billing/sample.py", "import msgspec"),
        ("chalicelib/api/sample.py", "import boto3"),
        ("chalicelib/api/sample.py", "from . import view"),
        ("chalicelib/adapters/sample.py", "import chalice"),
        ("chalicelib/clock.py", "import dateutil"),
        ("app.py", "import msgspec"),
    ],
)
def test_a_stranger_is_found(path: str, text: str) -> None:
    assert len(findings(foreign_imports, [snippet(text, path)])) == 1


def test_bootstrap_may_name_a_type_that_it_does_not_load() -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pynamodb.connection import Connection"
    assert findings(foreign_imports, [snippet(text, "chalicelib/bootstrap/stores.py")]) == []
    assert len(findings(foreign_imports, [snippet("import pynamodb", "chalicelib/bootstrap/stores.py")])) == 1


def test_the_list_is_read_from_the_most_particular_place() -> None:
    assert "chalice" in allowed_in("chalicelib/jobs/sweep.py")
    assert allowed_in("chalicelib/billing/settle.py") == frozenset()
