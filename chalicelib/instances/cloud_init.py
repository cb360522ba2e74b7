"""What a server is told at its first boot. Values only: the adapter writes them with a YAML dumper, never by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

CloudConfig = dict[str, Any]

TOKEN_FILE = "/etc/thestage-daemon-token"
_INSTALLER = "/run/thestage-daemon-install.sh"
BEGIN = "# BEGIN thestage-daemon: these lines are written by it"
END = "# END thestage-daemon"
"""The lines between which the daemon keeps keys (`daemon/thestage_daemon.py`): it can drop those of the launch, too."""


@dataclass(frozen=True, slots=True)
class DaemonSetup:
    """How a rented server gets its daemon."""

    api_url: str
    host_user: str
    token: str = field(repr=False)


def cloud_config(name: str, public_keys: Sequence[str], daemon: DaemonSetup | None = None) -> CloudConfig:
    """cloud-init's configuration: log-in by the given keys only.

    Its owner can read it: the one secret in it speaks for this very server, and only about it.
    """
    config: CloudConfig = {"hostname": name, "ssh_pwauth": False, "disable_root": True}
    if daemon is None:
        return {**config, "ssh_authorized_keys": list(public_keys)}
    return {**config, "write_files": _files(public_keys, daemon), "runcmd": [["sh", "-c", _install(daemon)]]}


def _files(public_keys: Sequence[str], daemon: DaemonSetup) -> list[CloudConfig]:
    """The keys are there before the daemon is, and stay where it can not be installed."""
    token = {"path": TOKEN_FILE, "content": daemon.token + "\n", "owner": "root:root", "permissions": "0600"}
    keys = {
        "path": f"/home/{daemon.host_user}/.ssh/authorized_keys",
        "content": "\n".join([BEGIN, *public_keys, END, ""]),
        "owner": f"{daemon.host_user}:{daemon.host_user}",
        "permissions": "0600",
        "append": True,
        "defer": True,
    }
    return [token, keys]


def _install(daemon: DaemonSetup) -> str:
    """To a file first: what a repeated download has sent before it broke off is not to be run."""
    fetched = f"curl -fsSL --retry 30 --retry-delay 10 --retry-all-errors {daemon.api_url}/daemon-api/v1/install.sh"
    return f"{fetched} -o {_INSTALLER} && sh {_INSTALLER} --user {daemon.host_user}"
