#!/usr/bin/env python3
"""The daemon of a server: says how its machine is, and lets in the keys that its owner has chosen.

It runs alone, on Python 3.8 or later with nothing else installed. Every minute it tells the platform what the machine
has, and gets the list of the keys that may log in. It keeps them in authorized_keys between two lines of its own and
touches no other line there. An answer that is not plainly right changes nothing.

The environment sets THESTAGE_DAEMON_URL (the API's address) and may set THESTAGE_DAEMON_USER (whose keys: root),
THESTAGE_DAEMON_ADDRESS (the IP address to connect to; otherwise the one that its calls come from) and
THESTAGE_DAEMON_ROOT (the folder of everything else: /). --once does not go on; --remove-keys only empties its lines.
"""

from __future__ import annotations

import ipaddress
import json
import os
import pwd
import random
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Sequence
from urllib.parse import urlsplit

TOKEN_FILE = "etc/thestage-daemon-token"
BEGIN = "# BEGIN thestage-daemon: these lines are written by it"
END = "# END thestage-daemon"
LONGEST_ANSWER = 64 * 1024
MOST_KEYS = 200
SHORTEST_PAUSE, LONGEST_PAUSE = 10, 900
AFTER_A_CHANGE = 1
_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)@openssh\.com)"
    r" [A-Za-z0-9+/]{16,4000}={0,3}"
)
_KEY_ID = re.compile(r"key_[0-9a-z]{20}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_ANSWERED = ("keys", "next_in_seconds", "token")
_MAKERS = {"GenuineIntel": "INTEL", "AuthenticAMD": "AMD"}


class Refused(Exception):
    """An answer that nothing may be changed for, or a setting. Its text holds no secret."""


class Settings(NamedTuple):
    """What the daemon was set up with."""

    url: str
    user: str
    address: str | None
    root: Path


class Orders(NamedTuple):
    """What the platform has answered, checked."""

    keys: dict[str, str]
    next_in_seconds: int
    token: str | None


def settings_of(environment: dict[str, str]) -> Settings:
    """Read the settings. Tokens go out by https, or to this very machine."""
    url, address = environment.get("THESTAGE_DAEMON_URL", "").rstrip("/"), environment.get("THESTAGE_DAEMON_ADDRESS")
    parts = urlsplit(url)
    here = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise Refused("THESTAGE_DAEMON_URL has to be an https address")
    plain = str(ipaddress.ip_address(address)) if address else None
    root = Path(environment.get("THESTAGE_DAEMON_ROOT") or "/")
    return Settings(url, environment.get("THESTAGE_DAEMON_USER") or "root", plain, root)


def report(settings: Settings, applied: Sequence[str]) -> dict[str, Any]:
    """What a heartbeat says."""
    shm = os.statvfs(settings.root / "dev/shm")
    cpu_type, memory_bytes = processor_and_memory(settings.root / "proc")
    return {
        "cpu_type": cpu_type,
        "cpu_cores": os.cpu_count() or 0,
        "memory_bytes": memory_bytes,
        "shm_total_bytes": shm.f_frsize * shm.f_blocks,
        "shm_used_bytes": shm.f_frsize * (shm.f_blocks - shm.f_bfree),
        "gpus": gpus(),
        "host_user": settings.user,
        "address": settings.address,
        "applied_key_ids": list(applied),
    }


def processor_and_memory(proc: Path) -> tuple[str, int]:
    """The maker of the processor, and the size of the memory in bytes."""
    maker = re.search(r"^vendor_id\s*:\s*(\S+)", (proc / "cpuinfo").read_text("ascii", "replace"), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*([0-9]+) kB", (proc / "meminfo").read_text("ascii", "replace"), re.MULTILINE)
    arm = os.uname().machine in ("aarch64", "arm64")
    cpu_type = "ARM" if arm else _MAKERS.get(maker.group(1) if maker else "", "UNKNOWN")
    return cpu_type, int(memory.group(1)) * 1024 if memory else 0


def gpus() -> list[dict[str, Any]]:
    """What nvidia-smi lists; none where there is none, or where it fails."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    query = [program, "--query-gpu=index,name,uuid,memory.total", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(query, capture_output=True, timeout=20, check=True)  # noqa: S603 - nothing of it is anybody's
    except (OSError, subprocess.SubprocessError) as error:
        log("nvidia-smi has failed", error)
        return []
    rows = said.stdout.decode("ascii", "replace").splitlines()
    return [gpu for gpu in map(_gpu, rows) if gpu][:64]


def _gpu(row: str) -> dict[str, Any] | None:
    cells = [cell.strip() for cell in row.split(",")]
    if len(cells) != 4 or not cells[0].isdigit():
        return None
    index, name, uuid, mebibytes = cells
    memory = int(mebibytes) * 1024 * 1024 if mebibytes.isdigit() else 0
    plain_name = re.sub(r"[^A-Za-z0-9 ._()/+,-]", "", name).lstrip(" ._()/+,-")[:64].strip() or "GPU"
    plain_uuid = re.sub(r"[^A-Za-z0-9/_-]", "", uuid).lstrip("/_-")[:96] or "unknown"
    return {"id": int(index), "name": plain_name, "uuid": plain_uuid, "type": "NVIDIA", "memory_bytes": memory}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would carry the token to somebody else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def ask(settings: Settings, token: str, said: dict[str, Any]) -> Orders:
    """Send one heartbeat. Raises Refused for an answer that is not plainly right, and OSError for none."""
    headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json"}
    request = urllib.request.Request(settings.url + "/daemon-api/v1/heartbeat", json.dumps(said).encode(), headers)  # noqa: S310
    try:
        with urllib.request.build_opener(_NoRedirects).open(request, timeout=30) as answer:
            if answer.status != 200 or answer.headers.get("Content-Type") != "application/json":
                raise Refused("the answer is not JSON")
            return orders_of(answer.read(LONGEST_ANSWER + 1))
    except urllib.error.HTTPError as error:
        raise Refused(f"the answer has the status {error.code}") from None


def orders_of(body: bytes) -> Orders:
    """Read an answer whole, or raise Refused."""
    if len(body) > LONGEST_ANSWER:
        raise Refused("the answer is too long")
    try:
        answer = json.loads(body.decode())
    except (ValueError, RecursionError):
        raise Refused("the answer is not JSON") from None
    keys, seconds, token = (answer.get(name) if isinstance(answer, dict) else None for name in _ANSWERED)
    if not isinstance(keys, list) or len(keys) > MOST_KEYS:
        raise Refused("the answer has no list of keys, or one that is too long")
    if type(seconds) is not int or not (token is None or (isinstance(token, str) and _TOKEN.fullmatch(token))):
        raise Refused("the answer is not as it should be")
    return Orders(dict(map(_key, keys)), min(max(seconds, SHORTEST_PAUSE), LONGEST_PAUSE), token)


def _key(entry: Any) -> tuple[str, str]:
    key_id, line = (entry.get("id"), entry.get("public_key")) if isinstance(entry, dict) else (None, None)
    if not (isinstance(key_id, str) and _KEY_ID.fullmatch(key_id)):
        raise Refused("a key has no id")
    if not (isinstance(line, str) and _KEY.fullmatch(line)):
        raise Refused("a key is not one plain line")
    return key_id, line


def edited(content: bytes, keys: Sequence[str]) -> bytes:
    """authorized_keys with these keys between the marks, and every byte outside them as it was.

    New marks go to the beginning, where they need nothing of the line before. A mark without its other is nobody's, and
    stays so: of marks that stand there twice the second ones are emptied, for without them strange marks might meet.
    """
    block, empty = ("\n".join([BEGIN, *lines, END, ""]).encode() for lines in (keys, ()))
    kept: list[bytes] = []
    opened: int | None = None
    for line in re.findall(rb"[^\n]*\n|[^\n]+", content):
        kept.append(line)
        mark = line.rstrip(b"\r\n")
        if mark == BEGIN.encode():
            opened = len(kept) - 1
        elif mark == END.encode() and opened is not None:
            kept[opened:] = [empty]
            opened = None
    if empty in kept:
        kept[kept.index(empty)] = block
    elif keys:
        kept.insert(0, block)
    return b"".join(kept)


def apply(settings: Settings, keys: Sequence[str]) -> None:
    """Bring authorized_keys of the user up to date, as that user."""
    owner = pwd.getpwnam(settings.user)
    with acting_as(owner):
        file = Path(os.path.realpath(settings.root.joinpath(owner.pw_dir.lstrip("/"), ".ssh/authorized_keys")))
        content = file.read_bytes() if file.exists() else b""
        wanted = edited(content, keys)
        if wanted != content or (file.exists() and file.stat().st_mode & 0o777 != 0o600):
            file.parent.mkdir(mode=0o700, exist_ok=True)
            replace_file(file, wanted)


def replace_file(file: Path, content: bytes) -> None:
    """The whole new content or the old one, never a part, for its owner's eyes alone."""
    new = file.with_name(file.name + ".thestage-new")
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as written:
        os.fchmod(handle, 0o600)
        written.write(content)
        written.flush()
        os.fsync(handle)
    new.replace(file)


@contextmanager
def acting_as(owner: pwd.struct_passwd) -> Iterator[None]:
    """With the rights of that user and no more: a link that they laid leads nowhere that they could not write to."""
    if os.geteuid() != 0 or owner.pw_uid == 0:
        yield
        return
    groups = os.getgroups()
    os.setgroups([owner.pw_gid])
    os.setegid(owner.pw_gid)
    os.seteuid(owner.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def beat(settings: Settings, applied: Sequence[str]) -> tuple[list[str], int]:
    """One heartbeat: which keys are applied now, and in how many seconds the next one is wanted."""
    token_file = settings.root.joinpath(TOKEN_FILE)
    token = token_file.read_text("ascii").strip()
    orders = ask(settings, token, report(settings, applied))
    apply(settings, list(orders.keys.values()))
    if orders.token is not None and orders.token != token:
        replace_file(token_file, orders.token.encode() + b"\n")
    return list(orders.keys), orders.next_in_seconds if orders.keys.keys() == set(applied) else AFTER_A_CHANGE


def pause_after(failures: int, asked: int) -> int:
    """Seconds to wait: what was asked for, or longer and longer after failures. Never the same on two machines."""
    seconds = asked if not failures else min(LONGEST_PAUSE, SHORTEST_PAUSE * 2 ** min(failures, 7))
    return random.randint(max(1, seconds * 4 // 5), seconds)  # noqa: S311 - it only keeps machines apart


def run(settings: Settings) -> None:
    """Until somebody ends it."""
    applied: list[str] = []
    failures = seconds = 0
    while True:
        try:
            applied, seconds = beat(settings, applied)
            failures = 0
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the next heartbeat tries again
            failures += 1
            log("the heartbeat has failed", error)
        time.sleep(pause_after(failures, seconds))


def log(text: str, error: Exception) -> None:
    """One line for the journal, without what was sent or read."""
    reason = str(error) if isinstance(error, Refused) else type(error).__name__
    sys.stderr.write(f"{text}: {reason}\n")


def main(arguments: Sequence[str]) -> int:
    """Read the settings and begin. With --once: a heartbeat, and another that says which keys are applied."""
    try:
        settings = settings_of(dict(os.environ))
        if "--remove-keys" in arguments:
            apply(settings, [])
        elif "--once" in arguments:
            beat(settings, beat(settings, [])[0])
        else:
            run(settings)
    except Exception as error:  # noqa: BLE001 - told in a line, and to whoever started it
        log("failed", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
