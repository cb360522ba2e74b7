"""`make run`: the whole product on this machine until Ctrl-C.

PORT is where it listens (8000). LOCAL_DIRECTORY is where everything is kept (.local): `run.json` there says how to
reach it. DYNAMODB=local keeps the tables in Amazon's DynamoDB Local.
"""

import contextlib
import html
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from local.account import Ready, ready_account
from local.engine import ROOT, EngineFailed
from local.engines import Engines
from local.functions import InProcess
from local.gateway import Gateway
from local.web import Web, serve
from local.world import World, build

LOCAL = Path(os.environ.get("LOCAL_DIRECTORY", ROOT / ".local")).absolute()
BEAT_SECONDS = 0.5
KEPT_OF_A_RUN = ("clock.json", "mail.json", "account.json")


def main() -> int:
    """Start everything, say where to go, and stop it so that the next start finds it again."""
    directory = LOCAL / "run"
    port = int(os.environ.get("PORT", "8000"))
    with_dynamodb_local = os.environ.get("DYNAMODB") == "local"
    engines = Engines(
        directory, keep=True, with_dynamodb_local=with_dynamodb_local, clock_file=directory / "clock.json"
    )
    try:
        engines.start()
    except EngineFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    if engines.lost:
        print(engines.lost, flush=True)
        for name in KEPT_OF_A_RUN:
            (directory / name).unlink(missing_ok=True)
    try:
        return _run(engines, directory, port)
    finally:
        engines.stop()


def _run(engines: Engines, directory: Path, port: int) -> int:
    url = f"http://127.0.0.1:{port}"
    world = build(engines, directory, url)
    ready = ready_account(world.services, directory / "account.json")
    functions = world.functions
    assert isinstance(functions, InProcess)
    gateway = Gateway(functions, functions.routes)
    try:
        server = serve(Web(world, gateway, _welcome(url, ready)), port)
    except OSError:
        print(f"Port {port} is in use. Choose another: PORT=8001 make run", file=sys.stderr)
        return 1
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda signum, frame: _stop(stopping, frame))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    _write_run(url, ready, engines)
    print(_greeting(url, ready), flush=True)
    with (directory / "functions.log").open("a", buffering=1) as log, contextlib.redirect_stdout(log):
        _beat(world, stopping)
        server.shutdown()
    (LOCAL / "run.json").unlink(missing_ok=True)
    print("Stopped. The next `make run` goes on from here.", flush=True)
    return 0


def _stop(stopping: threading.Event, frame: FrameType | None) -> None:
    stopping.set()


def _beat(world: World, stopping: threading.Event) -> None:
    while not stopping.is_set():
        started = time.monotonic()
        world.timeline.beat()
        stopping.wait(max(0.0, BEAT_SECONDS - (time.monotonic() - started)))


def _write_run(url: str, ready: Ready, engines: Engines) -> None:
    written = LOCAL / "run.json.new"
    run: dict[str, object] = {
        "url": url,
        "email": ready.email,
        "password": None,
        "token": ready.token,
        "ec2_url": engines.ec2.url,
        "clock_file": str(engines.clock_file),
    }
    run["environment"] = {**engines.environment(), **_variables()}
    written.write_text(json.dumps(run, indent=2))
    written.chmod(0o600)
    written.replace(LOCAL / "run.json")


def _variables() -> dict[str, str]:
    names = ("STAGE", "CONSOLE_URL", "MAIL_SENDER")
    ends = ("_TABLE", "_QUEUE_URL", "_PARAMETER", "_GROUP_ID", "_SUBNET_ID")
    return {name: value for name, value in os.environ.items() if name in names or name.endswith(ends)}


def _commands(url: str, ready: Ready) -> list[str]:
    """The first sets the published command up for this stack alone, and leaves that of the user's home as it is."""
    cli = f"THESTAGE_API_URL={url} THESTAGE_CONFIG_DIR={LOCAL / 'thestage-home'} .local/thestage/bin/thestage"
    return [
        f"{cli} config set -t {ready.token}",
        f"{cli} instance rented create -n box-1 -p Amazon -g T4 -f",
        f"curl -s {url}/local/clock -d '{{\"advance_seconds\": 86400}}'",
    ]


def _greeting(url: str, ready: Ready) -> str:
    commands = "\n".join(f"  {command}" for command in _commands(url, ready))
    return (
        f"\nThe product runs at {url}\nE-mails that it sends: {url}/local/mail\n"
        f"What its functions log: {LOCAL / 'run' / 'functions.log'}\n\nTry:\n{commands}\n"
    )


def _welcome(url: str, ready: Ready) -> str:
    commands = "\n".join(_commands(url, ready))
    return (
        "<h1>The product runs on this machine</h1>"
        f"<p>The ready account is <b>{html.escape(ready.email)}</b>.</p><pre>{html.escape(commands)}</pre>"
        '<p><a href="/local/mail">E-mails sent</a> · <a href="/api/openapi.json">The API\'s document</a></p>'
    )


if __name__ == "__main__":
    sys.exit(main())
