"""The packaged template's functions as local.functions.Functions: one process each, started when first called."""

import itertools
import json
import os
import shutil
import subprocess
import threading
from collections import Counter
from pathlib import Path
from typing import Any

from chalicelib.clock import Clock
from local.functions import API, Event, FunctionFailed
from local.provision import Provisioned
from local.template import chalice_name
from tests import build

WORKER = Path(__file__).with_name("worker.py")


class ZippedFunctions:
    """Invokes handlers of the zip. Each process has exactly the variables that the template gives its function.

    The folder of the jobs has no app.py, as if their Lambdas had been packaged without the API, and no file of it can
    be written.
    """

    def __init__(self, clock: Clock, provisioned: Provisioned, directory: Path) -> None:
        self._clock = clock
        self._provisioned = provisioned
        self._directory = directory
        self._jobs_folder = without_app(build.unpacked(), directory / "jobs")
        self._handlers = {chalice_name(name): found["Handler"] for name, found in build.functions().items()}
        self._workers: dict[str, Worker] = {}
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self.calls = Counter[str]()
        self.failures: list[str] = []
        """What went wrong: of a function that died, and of records that it named as failed."""
        self.calls_file = directory / "calls.jsonl"

    @property
    def names(self) -> set[str]:
        """Every function of the template."""
        return set(self._handlers)

    def invoke(self, name: str, event: Event) -> Any:
        """One invocation at the clock's present moment."""
        with self._lock:
            if name not in self._workers:
                self._workers[name] = self._start(name)
            self.calls[name] += 1
            request_id = f"req-{next(self._numbers)}"
        said = self._workers[name].ask({"event": event, "now": self._clock(), "request_id": request_id})
        if "error" in said:
            self.failures.append(f"{name}: {said['error']}")
            raise FunctionFailed(self.failures[-1])
        answer = said["answer"]
        if isinstance(answer, dict) and answer.get("batchItemFailures"):
            self.failures.append(f"{name}: {answer['batchItemFailures']}")
        return answer

    def files(self) -> dict[Path, int]:
        """Everything in the functions' folders and when it was last changed: a Lambda could change none of it."""
        found = [file for folder in (build.unpacked(), self._jobs_folder) for file in (folder, *folder.rglob("*"))]
        return {file: file.lstat().st_mtime_ns for file in found}

    def recorded(self) -> list[dict[str, Any]]:
        """Every AWS call so far: function, service, operation and arguments."""
        return [json.loads(line) for line in self.calls_file.read_text().splitlines()]

    def log_lines(self) -> dict[str, list[str]]:
        """What each function that was called has written down."""
        return {name: (self._directory / f"{name}.log").read_text().splitlines() for name in self._workers}

    def modules(self, name: str) -> set[str]:
        """Everything that the process of a function has imported. It must have been called before."""
        return set(self._workers[name].ask({"modules": True})["answer"])

    def stop(self) -> None:
        """End every process."""
        for worker in self._workers.values():
            worker.stop()

    def _start(self, name: str) -> "Worker":
        folder = build.unpacked() if name == API else self._jobs_folder
        command = [str(build.runtime()), "-I", "-S", "-B", str(WORKER), str(folder), name, self._handlers[name]]
        aws = {key: value for key, value in os.environ.items() if key.startswith("AWS_")}
        variables = {**aws, **self._provisioned.variables(name), "POWERTOOLS_DEV": "false", "LC_ALL": "C.UTF-8"}
        return Worker([*command, str(self.calls_file)], variables, self._directory / f"{name}.log")


class Worker:
    """One process, asked one thing at a time, as one Lambda environment is."""

    def __init__(self, command: list[str], variables: dict[str, str], log: Path) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            command,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log.open("ab"),
            text=True,
            cwd="/",
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """One question, one answer. Raises FunctionFailed when the process has died."""
        with self._lock:
            assert self._process.stdin and self._process.stdout
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        if not line:
            raise FunctionFailed("the process ended")
        said: dict[str, Any] = json.loads(line)
        return said

    def stop(self) -> None:
        """End it between two events, as Lambda ends an environment: it cleans nothing up, which would take a second."""
        self._process.kill()
        self._process.communicate()


def without_app(folder: Path, copy: Path) -> Path:
    """The unpacked zip with everything but app.py, read-only; packages are linked, not copied."""
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for entry in folder.iterdir():
        if entry.name.partition(".")[0] != "app" and entry.name != "__pycache__":
            (copy / entry.name).symlink_to(entry)
    copy.chmod(0o555)
    return copy
