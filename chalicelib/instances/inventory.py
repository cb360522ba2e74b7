"""The provider's inventory against the rentals: what nobody rents, and what was left behind. docs/rules.md."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.clock import Clock
from chalicelib.errors import NotFound
from chalicelib.instances.provider import Provider, Server, ServerState
from chalicelib.instances.rental import OVER
from chalicelib.instances.store import RentalStore


@dataclass(frozen=True, slots=True)
class Stray:
    """Something at the provider that no rental accounts for."""

    kind: str
    """server or volume"""
    thing_id: str
    region: str
    reason: str
    stopped: bool


@dataclass(frozen=True, slots=True)
class Inventory:
    """Compares by tag and by our stage's tag; only our own servers are ever touched."""

    store: RentalStore
    provider: Provider
    clock: Clock
    regions: Iterable[str]
    orphan_seconds: int

    def compare(self, *, stop: bool) -> list[Stray]:
        """Report every stray server and volume; with `stop`, stop the servers. A young one may not be known yet."""
        return [stray for region in self.regions for stray in self._region(region, stop=stop)]

    def _region(self, region: str, *, stop: bool) -> Iterator[Stray]:
        present = set()
        for server in self.provider.servers(region):
            present.add(server.server_id)
            reason = self._why_stray(server)
            if reason and self.clock() - server.launched_at >= self.orphan_seconds:
                halted = stop and self._halt(region, server)
                yield Stray("server", server.server_id, region, reason, halted)
        for volume in self.provider.volumes(region):
            old = self.clock() - volume.created_at >= self.orphan_seconds
            if old and (volume.server_id is None or volume.server_id not in present):
                yield Stray("volume", volume.volume_id, region, "attached to no server of ours", stopped=False)

    def _why_stray(self, server: Server) -> str | None:
        if server.rental_id is None or server.account_id is None:
            return "has no rental's tag"
        try:
            rental = self.store.rental(server.account_id, server.rental_id)
        except NotFound:
            return f"rental {server.rental_id} is not known"
        if rental.server_id != server.server_id:
            return f"rental {server.rental_id} has another server"
        if rental.status in OVER and rental.look_at is None:
            return f"rental {server.rental_id} is over"
        return None

    def _halt(self, region: str, server: Server) -> bool:
        if server.state in (ServerState.STOPPED, ServerState.STOPPING):
            return False
        self.provider.stop(region, server.server_id, force=False)
        return True
