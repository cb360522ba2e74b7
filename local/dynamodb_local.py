"""Amazon's DynamoDB Local as a second opinion: fetched by Maven, kept on 127.0.0.1, its telemetry off.

It may not be passed on, so the repository holds only the pom.xml that names it and a class of our own that binds it to
the loopback address, for which it has no option.
"""

import shutil
import subprocess
from functools import cache
from pathlib import Path

from local.engine import ROOT, Engine, EngineFailed

PROJECT = ROOT / "local" / "dynamodb-local"
FETCHED = ROOT / ".local" / "dynamodb-local"
FETCH_SECONDS = 600
JAVA_AT_LEAST = 17
# Java's answer to SIGTERM is 128 + 15 after its shutdown hooks have run.
CLEAN_EXITS = (0, 143)


@cache
def why_not() -> str:
    """Why DynamoDB Local can not run here, fetching it if it was not fetched yet. Empty if it can."""
    for program in ("java", "javac", "mvn"):
        if shutil.which(program) is None:
            return f"{program} is not on the PATH"
    version = subprocess.run(["javac", "-version"], capture_output=True, text=True, check=False)
    number = (version.stdout or version.stderr).removeprefix("javac ").split(".")[0].strip()
    if not number.isdigit() or int(number) < JAVA_AT_LEAST:
        return f"it needs Java {JAVA_AT_LEAST} or later, and javac says {number or 'nothing'}"
    return "" if _is_fetched() else _fetch()


def dynamodb_local(port: int, log: Path, kept_in: Path | None = None) -> Engine:
    """The engine, in memory or with its records kept in a directory. Raises EngineFailed where it can not run."""
    reason = why_not()
    if reason:
        raise EngineFailed(f"DynamoDB Local can not run here: {reason}")
    if kept_in is not None:
        kept_in.mkdir(parents=True, exist_ok=True)
    storage = ["-inMemory"] if kept_in is None else ["-dbPath", str(kept_in)]
    libraries = FETCHED / "lib"
    return Engine(
        name="DynamoDB Local",
        command=[
            "java",
            f"-Djava.library.path={libraries}",
            "-cp",
            f"{libraries}/*",
            "LoopbackServer",
            *("-port", str(port), "-sharedDb", "-disableTelemetry", *storage),
        ],
        port=port,
        log=log,
        variables={"DDB_LOCAL_TELEMETRY": "0"},
        clean_exits=CLEAN_EXITS,
    )


def _fetch() -> str:
    """Runs Maven. Answers why it failed, or nothing."""
    command = ["mvn", "--quiet", "--batch-mode", f"-Ddynamodb.directory={FETCHED}", "package"]
    try:
        built = subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return f"Maven did not finish in {FETCH_SECONDS} seconds"
    if built.returncode == 0:
        _stamp().touch()
        return ""
    errors = [line for line in built.stdout.splitlines() if line.startswith("[ERROR]")]
    return "Maven could not fetch it: " + (errors[0].removeprefix("[ERROR] ") if errors else built.stdout[-500:])


def _stamp() -> Path:
    return FETCHED / "fetched"


def _is_fetched() -> bool:
    sources = [PROJECT / "pom.xml", *PROJECT.rglob("*.java")]
    return _stamp().exists() and all(_stamp().stat().st_mtime >= source.stat().st_mtime for source in sources)
