"""What a provider of servers is asked for. `adapters/ec2.py` is one. Every call is safe to repeat.

Calls raise Refused, or one of its kinds, where the provider definitely did nothing, and errors.OutcomeUnknown where it
did not say.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from chalicelib.instances.cloud_init import DaemonSetup
from chalicelib.instances.offers import Offer


class ServerState(StrEnum):
    """The provider's words for the state of a server."""

    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"


GONE = frozenset({ServerState.SHUTTING_DOWN, ServerState.TERMINATED})


@dataclass(frozen=True, slots=True)
class Server:
    """What the provider says of one server."""

    server_id: str
    state: ServerState
    address: str | None = None
    """Its public IP address; a restart changes it."""
    access_open: bool = False
    """Whether new connections get in."""
    powered_off_inside: bool = False
    """Stopped by its own operating system."""
    refusal: str | None = None
    """Why it is down although a launch or start of it was accepted: rental.NO_CAPACITY or the provider's own word.

    None where nothing of that kind is told. It stands until the server is started again.
    """
    rental_id: str | None = None
    account_id: str | None = None
    launched_at: int = 0
    region: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """A disk at the provider, and the server it is attached to, if any."""

    volume_id: str
    region: str
    server_id: str | None
    rental_id: str | None
    created_at: int
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """What to launch. The same token with the same order never makes a second server."""

    token: str
    image_id: str
    account_id: str
    rental_id: str
    name: str
    offer: Offer
    public_keys: Sequence[str]
    daemon: DaemonSetup | None = None
    """None where the deployment has no address at which daemons could reach it."""


class Refused(Exception):
    """The provider definitely did not do it; `code` is its own word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class NoCapacity(Refused):
    """No such server is to be had there now."""


class Throttled(Refused):
    """Too many calls. Not done; ask again later."""


class ServerNotFound(Refused):
    """The provider does not know the server; just after a launch that says nothing."""


class WrongState(Refused):
    """The server is not in a state in which this can be done; look at it again."""


class Provider(Protocol):
    """After errors.OutcomeUnknown look at what has become of it, or repeat the call."""

    def image(self, region: str) -> str:
        """The id of the image that a launch takes now."""

    def launch(self, order: LaunchOrder) -> Server:
        """Start a server that lets no connection in yet, tagged with rental, account and stage.

        It may be ended before it runs, with the `refusal` on the server.
        Raises NoCapacity, Throttled, or Refused for what will not pass as it is.
        """

    def find(self, region: str, rental_id: str) -> Server | None:
        """The server tagged with this rental, gone ones left out. May not see a launch of the last seconds."""

    def describe(self, region: str, server_ids: Sequence[str]) -> Mapping[str, Server]:
        """What has become of servers, by id; those that are not found are left out."""

    def start(self, region: str, server_id: str) -> None:
        """Ask a stopped server to start. It may be stopped again at once, with the `refusal` on the server."""

    def stop(self, region: str, server_id: str, *, force: bool) -> None:
        """Ask a server to stop."""

    def reboot(self, region: str, server_id: str) -> None:
        """Ask a running server to reboot."""

    def terminate(self, region: str, server_id: str) -> None:
        """Ask a server to go, with its disk."""

    def open_access(self, region: str, server_id: str) -> None:
        """Let new connections in."""

    def close_access(self, region: str, server_id: str) -> None:
        """Let no new connection in."""

    def servers(self, region: str) -> Iterator[Server]:
        """Every server of our stage in a region, gone ones left out."""

    def volumes(self, region: str) -> Iterator[Volume]:
        """Every volume of our stage in a region."""
