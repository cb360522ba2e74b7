"""The daemons of the local EC2's servers: there is no system behind one, so they are spoken for here.

What they say goes the way of every request, with the token from the server's own user data. They speak once a minute of
the running clock, and at the end of a jump; what was said in between would have changed nothing that lasts.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from chalicelib.clock import MINUTE, Clock
from chalicelib.instances.cloud_init import TOKEN_FILE
from chalicelib.instances.offers import Offer, load
from local.engine import Engine
from local.engines import control_ec2
from local.gateway import HttpAnswer

LOOK_SECONDS = 5
"""How often it is seen which servers run."""
GIBIBYTE = 1 << 30

Front = Callable[[str, str, Mapping[str, str], bytes], HttpAnswer]
"""Answers a request: method, path, headers, body."""
Server = Mapping[str, Any]
"""As the control endpoint shows it."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """When a daemon last spoke, and which keys it has let in."""

    at: int
    key_ids: tuple[str, ...] = ()


class Daemons:
    """Those of all running servers, but for the ones that are told to be silent."""

    def __init__(self, ec2: Engine, clock: Clock) -> None:
        self._ec2 = ec2
        self._clock = clock
        self._front: Front | None = None
        self._spoken: dict[str, Spoken] = {}
        self._next_look = 0

    def speak_through(self, front: Front) -> None:
        """What they speak to. Before there is one, they are silent."""
        self._front = front

    def fall_silent(self) -> None:
        """Speak no more: for whoever counts the cost of everything else."""
        self._front = None

    def beat(self) -> None:
        """Let those speak whose time has come."""
        now = self._clock()
        if self._front is None or now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        servers = control_ec2(self._ec2, "state")["servers"]
        running = {server["id"]: server for server in servers if server["state"] == "running"}
        self._spoken = {server_id: spoken for server_id, spoken in self._spoken.items() if server_id in running}
        for server_id, server in running.items():
            before = self._spoken.get(server_id)
            if not server["silent"] and (before is None or now >= before.at + MINUTE):
                self._speak(server, before or Spoken(now), now)

    def _speak(self, server: Server, before: Spoken, now: int) -> None:
        """A heartbeat, and another at once where the keys have changed, as the real daemon does."""
        token = token_in(server)
        self._spoken[server["id"]] = before
        for _ in range(2):
            if token is None:
                return
            told = self._told(token, report_of(server, before.key_ids))
            applied = tuple(key["id"] for key in told.get("keys", ()))
            changed, before = applied != before.key_ids, Spoken(now, applied)
            self._spoken[server["id"]] = before
            if not changed:
                return

    def _told(self, token: str, report: Mapping[str, object]) -> Mapping[str, Any]:
        """What the product answers; nothing where it refuses."""
        assert self._front is not None, "the caller has looked"
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        answer = self._front("POST", "/daemon-api/v1/heartbeat", headers, json.dumps(report).encode())
        told: Mapping[str, Any] = json.loads(answer.body) if answer.status == 200 else {}
        return told


def token_in(server: Server) -> str | None:
    """The daemon's token that the server got at its first boot; None where it got none."""
    text = server["user_data"]
    files = (yaml.safe_load(text) or {}).get("write_files", []) if text.startswith("#cloud-config") else []
    return next((str(file["content"]).strip() for file in files if file["path"] == TOKEN_FILE), None)


def report_of(server: Server, key_ids: Sequence[str]) -> dict[str, object]:
    """What a daemon would find on a server of this type."""
    offer = next((one for one in load().all() if one.instance_type == server["type"]), None)
    return {
        "cpu_type": offer.cpu_type if offer else "UNKNOWN",
        "cpu_cores": offer.vcpus if offer else 1,
        "memory_bytes": (offer.ram_gb if offer else 1) * GIBIBYTE,
        "shm_total_bytes": (offer.ram_gb if offer else 1) * GIBIBYTE // 2,
        "shm_used_bytes": 0,
        "gpus": [_gpu(offer, number, server["id"]) for number in range(offer.gpu_count)] if offer else [],
        "host_user": "ubuntu",
        "address": None,
        "applied_key_ids": list(key_ids),
    }


def _gpu(offer: Offer, number: int, server_id: str) -> dict[str, object]:
    return {
        "id": number,
        "name": f"NVIDIA {offer.gpu_name}",
        "uuid": f"GPU-{server_id}-{number}",
        "type": "NVIDIA",
        "memory_bytes": offer.gpu_memory_gb * GIBIBYTE,
    }
