"""Style and types hold: the same commands as `make check`."""

import subprocess
import sys

import pytest

from tests.tidy.tracked import ROOT


@pytest.mark.parametrize("command", [["ruff", "check", "."], ["mypy"]], ids=["style", "types"])
def test_the_checker_finds_nothing(command: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
