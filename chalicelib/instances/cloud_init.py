"""What a server is told at its first boot. Values only: the adapter writes them with a YAML dumper, never by hand."""

from collections.abc import Sequence

CloudConfig = dict[str, object]


def cloud_config(name: str, public_keys: Sequence[str]) -> CloudConfig:
    """cloud-init's configuration: log-in by the given keys only. Its owner can read it, so it holds no secret."""
    return {
        "hostname": name,
        "ssh_pwauth": False,
        "disable_root": True,
        "ssh_authorized_keys": list(public_keys),
    }
