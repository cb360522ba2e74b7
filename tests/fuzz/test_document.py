"""Schemathesis over the running stack: no answer is a 5xx, none is undocumented, and what is wrong is refused.

It runs as its own command, as a caller would: with an API token over what a program may call, and with a session over
what takes a person.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.api.bad_input import operations
from tests.people.browser import OUR_PAGES, Browser
from tests.stack import Stack, started

pytestmark = pytest.mark.slow

CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "negative_data_rejection", "missing_required_header", "unsupported_method",
    "allow_header_conformance",
)  # fmt: skip
ENDS_THE_CALLER = ("log_out", "log_command_out", "end_session", "end_other_sessions", "disable_token", "close_account")
"""By their operationId: what would leave schemathesis without a credential half-way."""
EXAMPLES = 12


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("stack")) as stack, stack.in_place():
        yield stack


def schemathesis(
    stack: Stack, directory: Path, headers: Mapping[str, str], *more: str
) -> subprocess.CompletedProcess[str]:
    """Run it as this caller, over what is chosen by `more`."""
    sent = [each for name, value in headers.items() for each in ("--header", f"{name}: {value}")]
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{stack.url}/api/openapi.json",
        "--checks", ",".join(CHECKS), "--phases", "examples,coverage,fuzzing", "--max-examples", str(EXAMPLES),
        "--seed", "1", "--generation-deterministic", "--suppress-health-check", "all", "--continue-on-failure",
        "--generation-with-security-parameters", "false", "--warnings", "off", "--no-color", *sent,
        *more,
    ]  # fmt: skip
    return subprocess.run(
        command, cwd=directory, env={**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(directory / "hypothesis")},
        capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip


def only(operations: Iterator[tuple[str, str, Any]]) -> list[str]:
    """The options that leave the others out."""
    names = (str(described["operationId"]) for _, _, described in operations)
    return [each for name in names if name not in ENDS_THE_CALLER for each in ("--include-operation-id", name)]


def test_with_a_token_nothing_breaks_and_nothing_is_undocumented(stack: Stack, tmp_path: Path) -> None:
    customer = stack.open("fuzzer@example.com", "1000.00")
    done = schemathesis(stack, tmp_path, {"Authorization": f"Bearer {customer.token}"}, *only(operations()))
    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr[-2_000:]


def test_with_a_session_nothing_breaks_and_nothing_is_undocumented(stack: Stack, tmp_path: Path) -> None:
    browser = Browser(stack, "fuzzing-in-person@example.com").arrive()
    cookie = f"__Host-session={browser.cookies['__Host-session']}"
    done = schemathesis(stack, tmp_path, {**OUR_PAGES, "Cookie": cookie}, *only(operations(of_people=True)))
    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr[-2_000:]


def test_with_a_daemons_token_nothing_breaks_and_nothing_is_undocumented(stack: Stack, tmp_path: Path) -> None:
    customer = stack.open("fuzzing-daemon@example.com")
    made = customer.post("/api/v1/self-hosted", {"name": "lab-1"})
    bearer = {"Authorization": f"Bearer {made['token']}"}
    done = schemathesis(stack, tmp_path, bearer, "--include-path-regex", "^/daemon-api/")
    assert done.returncode == 0, done.stdout[-60_000:] + done.stderr[-2_000:]
