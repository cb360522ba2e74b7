"""Shapes of what daemons say, and of self-hosted servers."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from chalicelib.api.shapes import Count, KeyId, MachineId, Moment, NextCursor, SelfHostedId, Shape, Text
from chalicelib.instances.machines import SelfHostedStatus
from chalicelib.instances.report import (
    GPU_NAME_PATTERN,
    GPU_UUID_PATTERN,
    HOST_USER_PATTERN,
    MOST_APPLIED_KEYS,
    MOST_BYTES,
    MOST_CORES,
    MOST_GPUS,
    CpuType,
    GpuType,
)

_Bytes: TypeAlias = Annotated[
    int, Meta(ge=0, le=MOST_BYTES, description=f"a number of bytes up to {MOST_BYTES}", examples=[68_719_476_736])
]
_Address: TypeAlias = Annotated[
    str,
    Meta(max_length=45, pattern="^[0-9a-fA-F:.]{2,45}$", description="a plain IP address", examples=["203.0.113.7"]),
]
_HostUser: TypeAlias = Annotated[
    str, Meta(max_length=32, pattern=HOST_USER_PATTERN, description="the name of a user of the host", examples=["root"])
]
_DaemonToken: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
        description="a daemon's token, which nobody can see again",
        examples=["eyJhbGci.eyJzdWIi.c2ln"],
    ),
]


class Gpu(Shape, frozen=True, kw_only=True):
    """A GPU that a daemon has found."""

    id: Annotated[int, Meta(ge=0, le=MOST_CORES, description=f"a number up to {MOST_CORES}", examples=[0])]
    name: Annotated[
        str, Meta(pattern=GPU_NAME_PATTERN, description="its name in plain letters", examples=["NVIDIA A10G"])
    ]
    uuid: Annotated[str, Meta(pattern=GPU_UUID_PATTERN, description="its id in plain letters", examples=["GPU-2f9c"])]
    type: GpuType
    memory_bytes: _Bytes


class Heartbeat(Shape, frozen=True, kw_only=True):
    """What a daemon has found on its machine."""

    cpu_type: CpuType
    cpu_cores: Annotated[int, Meta(ge=0, le=MOST_CORES, description=f"a number up to {MOST_CORES}", examples=[8])]
    memory_bytes: _Bytes
    shm_total_bytes: Annotated[_Bytes, Meta(description="the size of the shared memory, in bytes")]
    shm_used_bytes: Annotated[_Bytes, Meta(description="how much of it is taken, in bytes")]
    gpus: Annotated[list[Gpu], Meta(max_length=MOST_GPUS, description=f"at most {MOST_GPUS} GPUs", examples=[[]])]
    host_user: Annotated[_HostUser, Meta(description="a user of the host: the one whose keys the daemon keeps")]
    address: _Address | None = None
    """Null leaves it to where the request comes from."""
    applied_key_ids: Annotated[
        list[KeyId],
        Meta(max_length=MOST_APPLIED_KEYS, description=f"at most {MOST_APPLIED_KEYS} ids of keys it has let in"),
    ] = []


class DaemonKey(Shape, frozen=True, kw_only=True):
    """A key that may log in."""

    id: KeyId
    public_key: Annotated[str, Meta(description="one line: its type and its body", examples=["ssh-ed25519 AAAAC3Nz"])]


class DaemonOrders(Shape, frozen=True, kw_only=True):
    """What a daemon is told."""

    keys: Annotated[list[DaemonKey], Meta(description="all that may log in; any other one is to go")]
    next_in_seconds: Annotated[int, Meta(ge=1, description="when the next heartbeat is expected", examples=[60])]
    token: Annotated[_DaemonToken | None, Meta(description="to be used from now on; null: the one that it has")]


class DaemonValidity(Shape, frozen=True, kw_only=True):
    """Whose token it is: one that does not count is answered 401."""

    machine_id: MachineId
    name: Annotated[str, Meta(description="what its owner calls the server", examples=["lab-1"])]


class NewSelfHosted(Shape, frozen=True, kw_only=True):
    """What to register."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=40,
            description="lower-case letters, digits and inner hyphens, unlike that of any other self-hosted server",
            examples=["lab-1"],
        ),
    ]


class SelfHosted(Shape, frozen=True, kw_only=True):
    """A server of the account's own. What its daemon found is null until it was first heard."""

    id: SelfHostedId
    name: Text
    status: SelfHostedStatus
    status_label: Annotated[str, Meta(description="the status for people", examples=["Running"])]
    created_at: Moment
    deleted_at: Moment | None
    last_heartbeat_at: Moment | None
    address: Annotated[str | None, Meta(description="the IP address at which it is connected to")]
    host_user: Annotated[str | None, Meta(description="the user whose keys its daemon keeps", examples=["root"])]
    cpu_type: CpuType | None
    cpu_cores: Count | None
    memory_bytes: Count | None
    shm_total_bytes: Count | None
    shm_used_bytes: Count | None
    gpus: list[Gpu]
    key_ids: Annotated[list[KeyId], Meta(description="the keys that its daemon has let in")]


class SelfHostedServerPage(Shape, frozen=True, kw_only=True):
    """Self-hosted servers, newest first; deleted ones stay in it for 90 days."""

    items: list[SelfHosted]
    next_cursor: NextCursor


class SelfHostedToken(Shape, frozen=True, kw_only=True):
    """A server with a new token for its daemon."""

    server: SelfHosted
    token: _DaemonToken
    command: Annotated[
        str,
        Meta(
            description="what installs the daemon, typed on the server",
            examples=["curl -fsSL https://api.example.com/daemon-api/v1/install.sh | sudo sh -s -- eyJ..."],
        ),
    ]
