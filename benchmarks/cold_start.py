"""What a cold start of the API costs: importing it and answering one request, beside a bare app of the same build."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

PROBE = Path(__file__).with_name("probe.py")
BARE = Path(__file__).with_name("bare")
BALANCE = "/api/v1/balance"


@dataclass(frozen=True, slots=True)
class Start:
    """One process: CPU time in microseconds, and the modules that it had in the end."""

    import_micros: int
    first_request_micros: int
    modules: Sequence[str]

    @property
    def micros(self) -> int:
        """Both together: what the first caller waits for."""
        return self.import_micros + self.first_request_micros


@dataclass(frozen=True, slots=True)
class Starts:
    """Ours and the bare app's, as often as each other and in turns, so that a busy machine slows both."""

    ours: Sequence[Start]
    bare: Sequence[Start]

    @property
    def ratio(self) -> float:
        """The median of ours by the median of the bare app's."""
        return median(start.micros for start in self.ours) / median(start.micros for start in self.bare)


def cold_starts(python: Path, unpacked: Path, variables: Mapping[str, str], token: str, row: str, times: int) -> Starts:
    """Start each so many times from the unpacked zip. `row` is the key of the item that the bare app reads."""
    ours, bare = [], []
    event = json.dumps(request("GET", BALANCE, token))
    for _ in range(times):
        ours.append(_start(python, [unpacked], variables, event))
        bare.append(_start(python, [BARE, unpacked], {**variables, "ROW": row}, event))
    return Starts(ours, bare)


def request(method: str, path: str, token: str, body: object = None, **headers: str) -> dict[str, Any]:
    """A request as API Gateway hands it to the function."""
    sent = {"authorization": f"Bearer {token}", "content-type": "application/json", **headers}
    return {
        "requestContext": {"httpMethod": method, "resourcePath": path, "requestId": "benchmark"},
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "pathParameters": None,
        "multiValueQueryStringParameters": None,
        "stageVariables": None,
        "isBase64Encoded": False,
        "body": None if body is None else json.dumps(body),
    }


def _start(python: Path, folders: Sequence[Path], variables: Mapping[str, str], event: str) -> Start:
    command = [str(python), "-I", "-S", "-B", str(PROBE), *map(str, folders), event]
    environment = {"PATH": os.environ.get("PATH", ""), **variables}
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    said = json.loads(done.stdout) if done.returncode == 0 else {"status": done.stderr[-2000:]}
    if said.pop("status") != 200:
        raise RuntimeError(f"{folders[0]} did not answer: {said} {done.stderr[-2000:]}")
    return Start(**said)
