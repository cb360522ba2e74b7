"""What a daemon says of its machine. docs/rules.md, "Daemons".

Its host is its owner's and may say anything, and the command line pastes the user and the address into a shell: so
every value is taken only if it is plainly what it should be.
"""

import ipaddress
import re
from enum import StrEnum
from typing import NamedTuple

from chalicelib.errors import Invalid
from chalicelib.ids import is_id

MOST_GPUS = 64
MOST_CORES = 4096
MOST_BYTES = 1 << 50
MOST_APPLIED_KEYS = 200
HOST_USER_PATTERN = "^[a-z_][a-z0-9_-]{0,31}$"
GPU_NAME_PATTERN = "^[A-Za-z0-9][A-Za-z0-9 ._()/+,-]{0,63}$"
GPU_UUID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9/_-]{0,95}$"
"""As the API document shows them. They are matched whole: a `$` of Python's lets a line break pass."""

_ADDRESS = "[0-9a-fA-F:.]{2,45}"


class CpuType(StrEnum):
    """Makers of processors, as the command line knows them."""

    INTEL = "INTEL"
    AMD = "AMD"
    ARM = "ARM"
    UNKNOWN = "UNKNOWN"


class GpuType(StrEnum):
    """Makers of GPUs, likewise."""

    NVIDIA = "NVIDIA"
    AMD = "AMD"
    NO_GPU = "NO_GPU"
    UNKNOWN = "UNKNOWN"


class Gpu(NamedTuple):
    """One GPU; its memory in bytes."""

    gpu_id: int
    name: str
    uuid: str
    gpu_type: GpuType
    memory_bytes: int


class Report(NamedTuple):
    """What a daemon has found. `address` is an IP literal, or None where it leaves that to us."""

    cpu_type: CpuType
    cpu_cores: int
    memory_bytes: int
    shm_total_bytes: int
    shm_used_bytes: int
    gpus: tuple[Gpu, ...]
    host_user: str
    address: str | None = None
    applied_key_ids: tuple[str, ...] = ()
    """The keys that it has written down for log-in."""


def check_report(report: Report) -> None:
    """Raises Invalid, with the field, for the first value that is not plainly what it should be."""
    _check(is_host_user(report.host_user), "host_user", "the name of a user of the host")
    _check(report.address is None or plain_address(report.address) is not None, "address", "a plain IP address")
    _check_number(report.cpu_cores, MOST_CORES, "cpu_cores")
    for field in ("memory_bytes", "shm_total_bytes", "shm_used_bytes"):
        _check_number(getattr(report, field), MOST_BYTES, field)
    _check(len(report.gpus) <= MOST_GPUS, "gpus", f"at most {MOST_GPUS} GPUs")
    for place, gpu in enumerate(report.gpus):
        _check_gpu(gpu, f"gpus.{place}")
    _check(len(report.applied_key_ids) <= MOST_APPLIED_KEYS, "applied_key_ids", f"at most {MOST_APPLIED_KEYS} ids")
    _check(all(is_id("key", key_id) for key_id in report.applied_key_ids), "applied_key_ids", "ids of SSH keys")


def is_host_user(name: str) -> bool:
    """Whether this may stand as a user before an @ in a shell."""
    return re.fullmatch(HOST_USER_PATTERN.strip("^$"), name, re.ASCII) is not None


def plain_address(text: str) -> str | None:
    """The IP address of a literal in its usual form; None for anything else.

    A scope, as in fe80::1%eth0, is anything else: Python's parser lets every character pass in one.
    """
    if re.fullmatch(_ADDRESS, text, re.ASCII) is None:
        return None
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _check_gpu(gpu: Gpu, field: str) -> None:
    _check_number(gpu.gpu_id, MOST_CORES, f"{field}.id")
    _check_number(gpu.memory_bytes, MOST_BYTES, f"{field}.memory_bytes")
    _check(_is_whole(GPU_NAME_PATTERN, gpu.name), f"{field}.name", "the name of a GPU in plain letters")
    _check(_is_whole(GPU_UUID_PATTERN, gpu.uuid), f"{field}.uuid", "the id of a GPU in plain letters")


def _is_whole(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern.strip("^$"), text, re.ASCII) is not None


def _check_number(number: int, most: int, field: str) -> None:
    _check(0 <= number <= most, field, f"a number from 0 to {most}")


def _check(holds: bool, field: str, what: str) -> None:
    if not holds:
        raise Invalid(f'"{field}" must be {what}.', code="invalid_report", field=field)
