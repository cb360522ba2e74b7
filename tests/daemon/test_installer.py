"""The printed command, run as a person would: with curl and a shell, on a server that is a folder."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chalicelib.instances.daemon import daemon_program, installer
from chalicelib.instances.self_hosted import install_command
from tests.accounts.key_texts import public_text
from tests.daemon.host import Host
from tests.stack import Customer, Stack

SERVERS = "/api/v1/self-hosted"
KEY = public_text("ed25519")
NOBODY = "nobody"
_SYSTEMCTL = """#!/bin/sh
echo "$@" >> "$THESTAGE_DAEMON_ROOT/systemctl"
"""


@pytest.fixture
def host(host: Host) -> Host:
    """One with systemd, or what looks like it."""
    host.program("systemctl", _SYSTEMCTL)
    return host


def types(host: Host, command: str, said: str | None = None) -> "subprocess.CompletedProcess[str]":
    """Somebody types a command on the server as root: sudo is what they already are."""
    host.program("sudo", '#!/bin/sh\nexec "$@"\n')
    environment = {**host.environment(""), "PATH": f"{host.root / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(
        ["sh", "-c", command], env=environment, input=said, capture_output=True, text=True, timeout=60, check=False
    )


def settings(host: Host) -> dict[str, str]:
    """What the daemon is started with."""
    lines = (host.root / "etc/thestage-daemon.conf").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def beats(host: Host) -> None:
    """The installed program speaks once, with the installed settings."""
    program = host.root / "usr/local/lib/thestage-daemon/thestage_daemon.py"
    environment = {**host.environment(""), **settings(host)}
    subprocess.run(["python3", str(program), "--once"], env=environment, timeout=60, check=True)


def test_the_printed_command_installs_a_daemon_that_speaks(customer: Customer, stack: Stack, host: Host) -> None:
    customer.add_key(KEY)
    made = customer.post(SERVERS, {"name": "lab-1"})
    assert made["command"] == install_command(stack.url, made["token"])
    done = types(host, f"{made['command']} --user {host.user} --address 2001:DB8::7")
    assert done.returncode == 0, done.stderr
    assert made["token"] not in done.stdout + done.stderr
    assert host.token_file.read_text() == made["token"] + "\n"
    assert stat.S_IMODE(host.token_file.stat().st_mode) == 0o600
    assert settings(host) == {
        "THESTAGE_DAEMON_URL": stack.url, "THESTAGE_DAEMON_USER": host.user, "THESTAGE_DAEMON_ADDRESS": "2001:DB8::7",
    }  # fmt: skip
    assert (host.root / "systemctl").read_text().splitlines() == [
        "daemon-reload", "enable thestage-daemon.service", "restart thestage-daemon.service",
    ]  # fmt: skip
    beats(host)
    seen = stack.call("GET", f"{SERVERS}/{made['server']['id']}", customer.token)[1]
    assert (seen["status"], seen["address"]) == ("RUNNING", "2001:db8::7")
    assert KEY in host.authorized_keys.read_text()


def test_it_can_be_repeated_and_keeps_the_token_that_is_there(customer: Customer, stack: Stack, host: Host) -> None:
    made = customer.post(SERVERS, {"name": "lab-1"})
    fetched = f"curl -fsSL {stack.url}/daemon-api/v1/install.sh"
    assert types(host, f"{fetched} | sh").returncode == 1, "there is no token yet"
    assert types(host, made["command"]).returncode == 0
    assert types(host, f"{fetched} | sh -s -- --user {host.user}").returncode == 0
    assert host.token_file.read_text() == made["token"] + "\n"
    assert settings(host)["THESTAGE_DAEMON_USER"] == host.user


def test_the_token_may_come_from_standard_input(customer: Customer, stack: Stack, host: Host) -> None:
    made = customer.post(SERVERS, {"name": "lab-1"})
    script = host.root / "install.sh"
    assert types(host, f"curl -fsSL {stack.url}/daemon-api/v1/install.sh -o {script}").returncode == 0
    assert types(host, f"sh {script} -", made["token"] + "\n").returncode == 0
    assert host.token_file.read_text() == made["token"] + "\n"


def test_it_can_be_removed_with_all_that_it_wrote(customer: Customer, stack: Stack, host: Host) -> None:
    mine = b"ssh-rsa AAAA me\n"
    host.write_keys(mine)
    customer.add_key(KEY)
    made = customer.post(SERVERS, {"name": "lab-1"})
    assert types(host, f"{made['command']} --user {host.user}").returncode == 0
    beats(host)
    assert KEY in host.authorized_keys.read_text()
    removed = types(host, f"curl -fsSL {stack.url}/daemon-api/v1/install.sh | sh -s -- --uninstall")
    assert removed.returncode == 0, removed.stderr
    assert KEY not in host.authorized_keys.read_text() and host.authorized_keys.read_bytes().endswith(mine)
    kept = [str(path.relative_to(host.root)) for path in host.root.rglob("*") if path.is_file()]
    assert not [path for path in kept if "thestage" in path]


@pytest.mark.parametrize(
    "arguments", ["'a.b.c;reboot'", "'a b'", "--user 'a;b' a.b.c", "--user", "--address 'x' a.b.c", "--what a.b.c"]
)
def test_nothing_is_written_for_an_argument_that_is_none(stack: Stack, host: Host, arguments: str) -> None:
    refused = types(host, f"curl -fsSL {stack.url}/daemon-api/v1/install.sh | sh -s -- {arguments}")
    assert refused.returncode == 1 and refused.stderr
    assert not host.token_file.exists() and not (host.root / "systemctl").exists()


def test_a_daemon_that_did_not_arrive_whole_is_not_installed(customer: Customer, stack: Stack, host: Host) -> None:
    made = customer.post(SERVERS, {"name": "lab-1"})
    script = host.root / "install.sh"
    script.write_text(installer(stack.url).replace("SHA256='", "SHA256='0"))
    refused = types(host, f"sh {script} {made['token']}")
    assert refused.returncode == 1 and "did not arrive whole" in refused.stderr
    assert not host.token_file.exists() and not list(host.root.rglob("thestage_daemon.py*"))


@pytest.mark.parametrize("lines", [10, 40, 80, 110, -1])
def test_an_installer_that_broke_off_does_nothing(host: Host, lines: int) -> None:
    script = host.root / "install.sh"
    script.write_text("\n".join(installer("https://api.example.com").splitlines()[:lines]))
    types(host, f"sh {script} a.b.c")
    assert not host.token_file.exists() and not (host.root / "systemctl").exists()


def test_what_is_served_is_the_program_of_the_package(stack: Stack, host: Host) -> None:
    fetched = types(host, f"curl -fsSL {stack.url}/daemon-api/v1/daemon.py")
    assert fetched.stdout == daemon_program()


@pytest.fixture
def somebodys() -> Iterator[Host]:
    """A server on which the keys are those of a user without rights, who has laid a link."""
    if os.geteuid() != 0 or NOBODY not in {user.pw_name for user in pwd.getpwall()}:
        pytest.skip("only root can act as somebody else")
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    host = Host(folder)
    yield host
    shutil.rmtree(folder)


def test_a_link_that_the_user_laid_leads_nowhere(customer: Customer, stack: Stack, somebodys: Host) -> None:
    """The daemon is root, and the file that it writes is in a folder of somebody who is not."""
    host, user = somebodys, pwd.getpwnam(NOBODY)
    folder = host.root / user.pw_dir.lstrip("/") / ".ssh"
    folder.mkdir(parents=True)
    os.chown(folder.parent, user.pw_uid, user.pw_gid)
    os.chown(folder, user.pw_uid, user.pw_gid)
    customer.add_key(KEY)
    host.keep_token(customer.post(SERVERS, {"name": "lab-1"})["token"])
    environment = {**host.environment(stack.url), "THESTAGE_DAEMON_USER": NOBODY}
    beat = ["python3", str(Path(__file__).parents[2] / "chalicelib/instances/daemon/thestage_daemon.py"), "--once"]
    precious = host.root / "etc" / "precious"
    precious.write_text("mine\n")
    (folder / "authorized_keys").symlink_to(precious)
    assert subprocess.run(beat, env=environment, check=False, timeout=60).returncode == 1
    assert precious.read_text() == "mine\n"
    (folder / "authorized_keys").unlink()
    subprocess.run(beat, env=environment, check=True, timeout=60)
    written = folder / "authorized_keys"
    assert KEY in written.read_text()
    assert (written.stat().st_uid, written.stat().st_mode & 0o777) == (user.pw_uid, 0o600)
