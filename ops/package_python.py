"""The interpreter of the Lambdas' version, and the environment made from it in which they are packaged."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from os import environ
from pathlib import Path

from ops.package_errors import NoRuntime, PackagingFailed

RUNTIME = "3.13"
"""Chalice names the interpreter that packages as the Lambdas' runtime, so it has to be this one."""

_SAYS_ITS_VERSION = "import ensurepip, sys, venv; print(*sys.version_info[:3], sep='.')"


def runtime_python(environment: Mapping[str, str] = environ) -> Path:
    """The first interpreter that runs, says it is the runtime's version and can make environments.

    In this order: the variable PYTHON313, the path, pyenv's versions, uv's. Raises NoRuntime.
    """
    for candidate in _candidates(environment):
        if version_of(candidate).startswith(RUNTIME + "."):
            return Path(candidate)
    raise NoRuntime(
        f"no Python {RUNTIME} with venv was found: put one on the path, in ~/.pyenv/versions, or name it in PYTHON313"
    )


def version_of(python: str | Path) -> str:
    """What the interpreter says it is, "3.13.0"; empty when it does not run or can not make environments."""
    try:
        said = subprocess.run(
            [str(python), "-c", _SAYS_ITS_VERSION], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip() if said.returncode == 0 else ""


def build_environment(root: Path, python: Path) -> Path:
    """The interpreter of an environment with requirements-build.txt, below `.local`, made again when that changes."""
    pins = root / "requirements-build.txt"
    place = root / ".local" / f"build-{RUNTIME}"
    stamp, wanted = place / "made-from", _made_from(python, pins)
    if not (stamp.exists() and stamp.read_text() == wanted):
        if place.is_symlink():
            raise PackagingFailed(f"{place} is a link, and clearing it would empty what it points to: remove the link")
        run([str(python), "-m", "venv", *(["--clear"] if stamp.exists() else []), str(place)])
        run([str(place / "bin/pip"), "install", "-q", "--require-hashes", "-r", str(pins)])
        stamp.write_text(wanted)
    return place / "bin/python"


def run(command: list[str], environment: Mapping[str, str] | None = None, directory: Path | None = None) -> str:
    """Runs a step of the build and answers all that it printed. Raises PackagingFailed with that when it fails."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**environ, **(environment or {})},
        cwd=directory,
    )
    if done.returncode != 0:
        raise PackagingFailed(f"{' '.join(command[:5])} ... failed:\n{done.stdout.strip()}")
    return done.stdout


def _made_from(python: Path, pins: Path) -> str:
    return f"{python} {version_of(python)} {hashlib.sha256(pins.read_bytes()).hexdigest()}\n"


def _candidates(environment: Mapping[str, str]) -> Iterator[str]:
    if named := environment.get("PYTHON313"):
        yield named
    if on_path := shutil.which(f"python{RUNTIME}", path=environment.get("PATH")):
        yield on_path
    home = Path(environment.get("HOME", "~")).expanduser()
    for version in sorted((home / ".pyenv/versions").glob(f"{RUNTIME}*"), reverse=True):
        yield str(version / "bin/python")
    if uv := shutil.which("uv", path=environment.get("PATH")):
        found = subprocess.run([uv, "python", "find", RUNTIME], capture_output=True, text=True, check=False)
        yield from found.stdout.split("\n")[:1]
