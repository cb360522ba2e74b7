"""`make run`: the whole product on this machine until Ctrl-C.

PORT is where it listens (8000). LOCAL_DIRECTORY is where everything is kept (.local): `run.json` there says how to
reach it. DYNAMODB=local keeps the tables in Amazon's DynamoDB Local, which is a stack of its own beside the usual one.
"""

import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from local.account import ready_account
from local.dynamodb_local import why_not
from local.engine import ROOT, EngineFailed, is_free
from local.engines import Engines
from local.functions import InProcess
from local.gateway import Gateway
from local.greeting import greeting, point_command_at, welcome, write_run
from local.heartbeat import beat_until
from local.identity_provider import identity_provider
from local.web import Web, serve
from local.world import build

LOCAL = Path(os.environ.get("LOCAL_DIRECTORY", ROOT / ".local")).absolute()
LAST_PORT = 65_535
KEPT_OF_A_RUN = ("clock.json", "mail.json", "account.json")


def main() -> int:
    """Start everything, say where to go, and stop it so that the next start finds it again."""
    stopping = _stopped_by_signals()
    try:
        port = _port(os.environ.get("PORT") or "8000")
        engines = _engines(os.environ.get("DYNAMODB") == "local")
        engines.start()
    except EngineFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    if engines.lost:
        print(engines.lost, flush=True)
        for name in KEPT_OF_A_RUN:
            (engines.directory / name).unlink(missing_ok=True)
    try:
        with identity_provider(engines.directory / "identity-provider.port") as issuer:
            status = _run(engines, port, issuer, stopping)
    finally:
        saved = engines.stop()
        (LOCAL / "run.json").unlink(missing_ok=True)
    if status == 0:
        print(_farewell(saved=saved), flush=True)
    return status


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise EngineFailed(f"PORT is a number from 1 to {LAST_PORT}, not {text!r}.")
    if not is_free(int(text)):
        raise EngineFailed(_in_use(int(text)))
    return int(text)


def _in_use(port: int) -> str:
    return f"Port {port} is in use, perhaps by another `make run`. Choose another: PORT={port % LAST_PORT + 1} make run"


def _engines(with_dynamodb_local: bool) -> Engines:
    """Tables in DynamoDB Local know nothing of a run without it, so the two are kept beside each other."""
    if with_dynamodb_local:
        print("DynamoDB Local holds the tables; at the first time Maven fetches it, which takes a minute.", flush=True)
        if reason := why_not():
            print(f"It can not run here: {reason}. ministack holds the tables instead.", flush=True)
            with_dynamodb_local = False
    directory = LOCAL / ("run-dynamodb-local" if with_dynamodb_local else "run")
    return Engines(directory, keep=True, with_dynamodb_local=with_dynamodb_local, clock_file=directory / "clock.json")


def _run(engines: Engines, port: int, issuer: str, stopping: threading.Event) -> int:
    url, directory = f"http://127.0.0.1:{port}", engines.directory
    world = build(engines, directory, url, issuer=issuer)
    ready = ready_account(world.services, directory / "account.json")
    functions = world.functions
    assert isinstance(functions, InProcess)
    try:
        server = serve(Web(world, Gateway(functions, functions.routes), welcome(LOCAL, url, ready)), port)
    except OSError:
        print(_in_use(port), file=sys.stderr)
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    point_command_at(url, LOCAL)
    write_run(LOCAL, url, ready, engines)
    print(greeting(LOCAL, directory, url, ready), flush=True)
    with (directory / "functions.log").open("a", buffering=1) as log, contextlib.redirect_stdout(log):
        beat_until(stopping, world.timeline.beat, lambda said: print(said, file=sys.stderr, flush=True))
        server.shutdown()
    return 0


def _stopped_by_signals() -> threading.Event:
    """Set by Ctrl-C, SIGTERM and a terminal that is closed. A start is not broken off half-way, but ended after it."""
    stopping = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopping.set()
        if number == signal.SIGHUP:
            # Nobody reads any more, and a write would fail before everything is saved.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.dup2(nowhere, sys.stderr.fileno())

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # `nohup make run` asks for no end with the terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
    return stopping


def _farewell(*, saved: bool) -> str:
    if saved:
        return "Stopped. The next `make run` goes on from here."
    return "Stopped, but not everything was saved: the next `make run` starts anew."


if __name__ == "__main__":
    sys.exit(main())
