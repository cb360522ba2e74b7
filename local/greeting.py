"""How to reach the local stack: what a newcomer reads, what programs read in run.json, what the command is told."""

import html
import json
import os
import shlex
from pathlib import Path

from local.account import Ready
from local.engine import ROOT
from local.engines import Engines

COMMAND = ROOT / ".local" / "thestage" / "bin" / "thestage"


def greeting(kept_in: Path, directory: Path, url: str, ready: Ready) -> str:
    """What the terminal shows when everything runs."""
    commands = "\n".join(f"  {command}" for command in _commands(kept_in, url, ready))
    return (
        f"\nThe product runs at {url}\n"
        f"The ready account: {ready.email}, with the password {ready.password}\n"
        f"E-mails that it sends: {url}/local/mail\n"
        f"What its functions log: {directory / 'functions.log'}\n\nTry, in another terminal:\n{commands}\n\n"
        "A server comes online in a minute or two, or as soon as the clock moves. Ctrl-C stops and keeps everything.\n"
    )


def welcome(kept_in: Path, url: str, ready: Ready) -> str:
    """What the first page shows."""
    commands = "\n\n".join(_commands(kept_in, url, ready))
    return (
        "<h1>The product runs on this machine</h1>"
        f"<p>The ready account is <b>{html.escape(ready.email)}</b>. Try, in a terminal:</p>"
        f"<pre>{html.escape(commands)}</pre>"
        '<p><a href="/local/mail">E-mails sent</a> · <a href="/api/openapi.json">The API\'s document</a></p>'
    )


def write_run(kept_in: Path, url: str, ready: Ready, engines: Engines) -> None:
    """run.json: the address, the ready account, and the variables with which `ops` and tests see the same stack."""
    run: dict[str, object] = {
        "url": url,
        "email": ready.email,
        "password": ready.password,
        "token": ready.token,
        "ec2_url": engines.ec2.url,
        "clock_file": str(engines.clock_file),
        "environment": {**engines.environment(), **_variables()},
    }
    written = kept_in / "run.json.new"
    written.write_text(json.dumps(run, indent=2))
    written.chmod(0o600)
    written.replace(kept_in / "run.json")


def point_command_at(url: str, kept_in: Path) -> None:
    """The command keeps the address of its first run, which then wins over the environment's: after a start on another
    port it would ask nobody."""
    file = _command_home(kept_in) / "config.json"
    try:
        kept = json.loads(file.read_text())
        kept["main"]["thestage_api_url"] = url
    except (OSError, ValueError, KeyError, TypeError):
        return
    file.write_text(json.dumps(kept, indent=1))


def _commands(kept_in: Path, url: str, ready: Ready) -> list[str]:
    """The first sets the published command up for this stack alone, and leaves that of the user's home as it is."""
    home = shlex.quote(str(_command_home(kept_in)))
    cli = f"THESTAGE_API_URL={url} THESTAGE_CONFIG_DIR={home} {shlex.quote(str(COMMAND))}"
    return [
        f"{cli} config set -t {ready.token}",
        f"{cli} instance rented create -n box-1 -p Amazon -g T4 -f",
        f"curl -s {url}/local/clock -d '{{\"advance_seconds\": 86400}}'",
    ]


def _command_home(kept_in: Path) -> Path:
    return kept_in / "thestage-home"


def _variables() -> dict[str, str]:
    names = ("STAGE", "CONSOLE_URL", "API_URL", "MAIL_SENDER", "SIGNING_SECRET")
    ends = ("_TABLE", "_QUEUE_URL", "_PARAMETER", "_GROUP_ID", "_SUBNET_ID")
    return {name: value for name, value in os.environ.items() if name in names or name.endswith(ends)}
