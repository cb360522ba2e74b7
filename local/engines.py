"""The engines that stand in for AWS, together: started, reached by environment variables, kept over a restart.

    with Engines(Path(".local/run"), keep=True) as engines:
        os.environ.update(engines.environment())

ministack answers everything but EC2, our EC2 server answers EC2, and DynamoDB Local answers DynamoDB if asked for.
All listen on 127.0.0.1 only.
"""

import contextlib
import fcntl
import json
import shutil
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from chalicelib.clock import iso, wall_clock
from local.dynamodb_local import dynamodb_local
from local.engine import ROOT, Engine, EngineFailed, free_port, is_free
from local.mailbox import Mailbox
from local.moved_clock import MovedClock

MINISTACK_PYTHON = ROOT / ".local" / "ministack" / "bin" / "python"
REGION = "us-east-1"
SERVICES = ("SQS", "SES", "SESV2", "SCHEDULER", "S3", "SECRETS_MANAGER", "SSM", "LAMBDA", "CLOUDFORMATION", "STS")
EC2_CONTROL = "/_control/"
MAILS = "mail.json"


def ministack(directory: Path, port: int | None = None, *, keep: bool = False) -> Engine:
    """ministack, which runs in an environment of its own because it pins botocore. `keep` saves at SIGTERM only."""
    if not MINISTACK_PYTHON.exists():
        where = MINISTACK_PYTHON.relative_to(ROOT)
        raise EngineFailed(f"ministack is not installed: {where} is missing (see local/requirements-ministack.txt)")
    port = port or free_port()
    # Every Lambda worker leaves a copy of its zip in the temporary directory.
    scratch = directory / "tmp"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    kept = "1" if keep else "0"
    return Engine(
        name="ministack",
        command=[str(MINISTACK_PYTHON), "-m", "ministack"],
        port=port,
        log=directory / "ministack.log",
        health="/_ministack/health",
        directory=directory,
        variables={
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "TMPDIR": str(scratch),
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": kept,
            "STATE_DIR": str(directory / "state"),
            "S3_PERSIST": kept,
            "S3_DATA_DIR": str(directory / "s3"),
        },
    )


def ec2(directory: Path, port: int | None = None, *, keep: bool = False, clock_file: Path | None = None) -> Engine:
    """Our EC2 server. With `keep` it writes its state after each change; see local/ec2_control.py for its faults."""
    port = port or free_port()
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "local.ec2_server", "--port", str(port)]
    if keep:
        command += ["--state", str(directory / "ec2.state")]
    if clock_file is not None:
        command += ["--clock-file", str(clock_file)]
    # moto reads a long list of Amazon's images when it is imported; we need none of them.
    images = {"MOTO_AMIS_PATH": str(ROOT / "local" / "ec2_images.json"), "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
    log = directory / "ec2.log"
    return Engine("EC2", command, port, log, health=EC2_CONTROL + "health", variables=images)


def reset_ministack(engine: Engine) -> None:
    """Empties ministack, in a few milliseconds. Fresh names for each test cost the same and disturb nobody."""
    _post(engine.url + "/_ministack/reset", None)


def control_ec2(engine: Engine, what: str, **body: Any) -> dict[str, Any]:
    """One control of the local EC2: control_ec2(engine, "capacity", instance_type="g5.xlarge", available=False)."""
    return _post(engine.url + EC2_CONTROL + what, body)


@dataclass
class Engines:
    """All engines of one run, in one directory, as a context manager.

    With `keep`, tables, queues, mails and servers outlive a clean end. A marker lies in the directory while they
    run; where it is found at the start, the last run was killed: what it held is dropped as a whole, because its parts
    are no longer of one moment, and `lost` says so in a sentence.
    """

    directory: Path
    keep: bool = False
    with_ec2: bool = True
    with_dynamodb_local: bool = False
    clock_file: Path | None = None
    lost: str = ""
    _running: dict[str, Engine] = field(default_factory=dict)
    _lock: IO[str] | None = None

    def start(self) -> None:
        """Starts them side by side and returns when all answer."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._lock = _locked(self.directory)
        self._look_for_marker()
        self._prepare()
        self._marker.write_text(json.dumps({"started_at": wall_clock()}))
        try:
            for engine in self._running.values():
                engine.launch()
            for engine in self._running.values():
                engine.wait_ready()
        except BaseException:
            self._stop_engines()
            # Nobody has used them yet: what the last run kept is still whole.
            self._marker.unlink(missing_ok=True)
            raise

    def stop(self) -> bool:
        """Stops all, each saving what it keeps. Says whether everything was saved."""
        if not self._running:
            return True
        with contextlib.suppress(OSError):
            self.mailbox.collect()
        clean = self._stop_engines()
        if clean:
            self._marker.unlink(missing_ok=True)
        return clean

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def ministack(self) -> Engine:
        """The engine of everything else."""
        return self._running["ministack"]

    @property
    def ec2(self) -> Engine:
        """The engine of EC2."""
        return self._running["ec2"]

    @property
    def dynamodb_url(self) -> str:
        """Where DynamoDB answers."""
        return self._running.get("dynamodb", self.ministack).url

    def environment(self) -> dict[str, str]:
        """The variables with which AWS's SDKs reach these engines and nothing else."""
        everything_else = self.ministack.url
        variables = {
            **aws_variables(everything_else),
            **{f"AWS_ENDPOINT_URL_{service}": everything_else for service in SERVICES},
            "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb_url,
            "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": self.dynamodb_url,
        }
        return variables | ({"AWS_ENDPOINT_URL_EC2": self.ec2.url} if self.with_ec2 else {})

    @property
    def mailbox(self) -> Mailbox:
        """The e-mails sent in this and, with `keep`, the earlier runs."""
        return Mailbox(self.ministack.url, self.directory / MAILS, MovedClock(self.clock_file))

    def _stop_engines(self) -> bool:
        clean = True
        for engine in self._running.values():
            clean &= engine.stop()
        self._running.clear()
        if self._lock is not None:
            self._lock.close()
        return clean

    def _prepare(self) -> None:
        self._running = {"ministack": ministack(self.directory / "ministack", self._port("ministack"), keep=self.keep)}
        if self.with_dynamodb_local:
            kept_in = self.directory / "dynamodb" if self.keep else None
            log = self.directory / "dynamodb.log"
            self._running["dynamodb"] = dynamodb_local(self._port("dynamodb"), log, kept_in)
        if self.with_ec2:
            self._running["ec2"] = ec2(
                self.directory / "ec2", self._port("ec2"), keep=self.keep, clock_file=self.clock_file
            )

    def _port(self, name: str) -> int:
        """The port of the last run, because the addresses of queues name it; another where it is taken."""
        kept = self.directory / f"{name}.port"
        last = int(kept.read_text()) if kept.exists() else 0
        port = last if last and is_free(last) else free_port()
        kept.write_text(str(port))
        return port

    def _look_for_marker(self) -> None:
        if not self.keep:
            self._forget()
        if not self.keep or not self._marker.exists():
            return
        started_at = json.loads(self._marker.read_text() or "{}").get("started_at", 0)
        self.lost = (
            f"The run that began at {iso(started_at)} was not stopped but killed, before it could save its tables, "
            "queues and mails. They are lost, and its servers are dropped with them: everything starts anew."
        )
        self._forget()

    def _forget(self) -> None:
        for kept in ("ministack", "dynamodb", "ec2"):
            shutil.rmtree(self.directory / kept, ignore_errors=True)
        (self.directory / MAILS).unlink(missing_ok=True)

    @property
    def _marker(self) -> Path:
        return self.directory / "running.json"


def _locked(directory: Path) -> IO[str]:
    """The directory's lock, which goes with the process however that ends."""
    lock = (directory / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise EngineFailed(_in_use(directory)) from None
    return lock


def _in_use(directory: Path) -> str:
    return (
        f"Another run uses {directory}. Stop it first (Ctrl-C), or keep this one elsewhere: "
        "LOCAL_DIRECTORY=/another/folder make run"
    )


def aws_variables(endpoint: str) -> dict[str, str]:
    """Region, test credentials and one endpoint for all services; no configuration files, no instance metadata."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }




def _post(url: str, body: dict[str, Any] | None) -> dict[str, Any]:
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, content, {"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(request, timeout=30) as response:
        answer: dict[str, Any] = json.loads(response.read())
    return answer
