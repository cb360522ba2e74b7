"""A server of one's own on this machine: `python -m local.server NAME` while `make run` runs.

It registers a self-hosted server for the ready account, if there is none of that name, and runs the daemon that is
handed out, unchanged, until Ctrl-C. The daemon takes a folder for its server, so that no file of this machine changes.
"""

import json
import os
import pwd
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from local.engine import ROOT

LOCAL = Path(os.environ.get("LOCAL_DIRECTORY", ROOT / ".local")).absolute()
PROGRAM = ROOT / "chalicelib" / "instances" / "daemon" / "thestage_daemon.py"


def main(arguments: list[str]) -> int:
    """Register and run."""
    # A shell that starts it in the background has it ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if len(arguments) != 1:
        print("usage: python -m local.server NAME", file=sys.stderr)
        return 2
    try:
        run = json.loads((LOCAL / "run.json").read_text())
    except FileNotFoundError:
        print("Start the product first: make run", file=sys.stderr)
        return 1
    name, url = arguments[0], run["url"]
    try:
        token = _token(url, run["token"], name)
    except urllib.error.HTTPError as refused:
        print(json.loads(refused.read())["message"], file=sys.stderr)
        return 1
    folder = _server(name)
    (folder / "etc" / "thestage-daemon-token").write_text(token)
    print(f'"{name}" speaks from {folder}; Ctrl-C silences it.', flush=True)
    user = pwd.getpwuid(os.getuid()).pw_name
    settings = {"THESTAGE_DAEMON_URL": url, "THESTAGE_DAEMON_USER": user, "THESTAGE_DAEMON_ROOT": str(folder)}
    try:
        return subprocess.run([sys.executable, str(PROGRAM)], env={**os.environ, **settings}, check=False).returncode
    except KeyboardInterrupt:
        return 0


def _server(name: str) -> Path:
    """A folder with what the daemon looks at; memory and processor are this machine's."""
    folder = LOCAL / "servers" / name
    home = folder / pwd.getpwuid(os.getuid()).pw_dir.lstrip("/")
    for needed in (folder / "etc", home):
        needed.mkdir(parents=True, exist_ok=True)
    for shown in ("proc", "dev"):
        if not (folder / shown).exists():
            (folder / shown).symlink_to(f"/{shown}")
    return folder


def _token(url: str, api_token: str, name: str) -> str:
    """A daemon's token for the server of this name, which is registered if there is none."""
    servers = _asked(url, api_token, "GET", "")["items"]
    known = next((one["id"] for one in servers if one["name"] == name and one["status"] != "DELETED"), None)
    if known is None:
        return str(_asked(url, api_token, "POST", "", {"name": name})["token"])
    return str(_asked(url, api_token, "POST", f"/{known}/token")["token"])


def _asked(url: str, api_token: str, method: str, path: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {api_token}", "Content-Type": "application/json"}
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{url}/api/v1/self-hosted{path}", content, headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
