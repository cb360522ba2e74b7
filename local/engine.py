"""One engine: a process of another program on a port of 127.0.0.1, started, waited for and stopped."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parent.parent
READY_SECONDS = 60
STOP_SECONDS = 30
POLL_SECONDS = 0.02
LOG_LINES_SHOWN = 20
SET_PARENT_DEATH_SIGNAL = 1


class EngineFailed(RuntimeError):
    """An engine is missing, did not start or did not answer. The message says which, and the end of its log."""


@dataclass
class Engine:
    """A process that serves HTTP on 127.0.0.1 and is ready when its health address answers anything.

    Start engines from the main thread: on Linux they are killed with the thread that started them, so that a
    `kill -9` of the starter leaves nothing behind.
    """

    name: str
    command: Sequence[str]
    port: int
    log: Path
    health: str = "/"
    variables: Mapping[str, str] = field(default_factory=dict)
    directory: Path = ROOT
    clean_exits: tuple[int, ...] = (0,)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def launch(self) -> None:
        """Starts the process and does not wait for it."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "JAVA_HOME") if name in os.environ}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.directory,
                env={**kept, **self.variables},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(),
            )

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Returns when it answers."""
        deadline = time.monotonic() + seconds
        while not self._answers():
            if self.process is None or self.process.poll() is not None:
                raise EngineFailed(f"{self.name} ended before it was ready.\n{self._end_of_log()}")
            if time.monotonic() > deadline:
                raise EngineFailed(f"{self.name} was not ready after {seconds:g} seconds.\n{self._end_of_log()}")
            time.sleep(POLL_SECONDS)

    def stop(self) -> bool:
        """Ends it with SIGTERM and waits, so that it can save. Says whether it ended as it should."""
        if self.process is None:
            return True
        process, self.process = self.process, None
        if process.poll() is not None:
            return False
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(STOP_SECONDS) in self.clean_exits
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return False

    def __enter__(self) -> Self:
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url + self.health, timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _end_of_log(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-LOG_LINES_SHOWN:])


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    """Whether nobody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _die_with_parent() -> Callable[[], None] | None:
    """Runs in the child before the program; prepared here, because a forked child should not import or load."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
