"""The provider's inventory against the rentals: what nobody rents, and what was left behind. docs/rules.md."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chalicelib.clock import Clock
from chalicelib.errors import NotFound, OutcomeUnknown
from chalicelib.instances.provider import Provider, Refused, Server, ServerState, Volume
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import FINISHED, Status
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
        for server in self.provider.servers(region):
            reason = self._why_stray_server(server)
            if reason and self._old(server.launched_at):
                halted = stop and self._halt(region, server)
                yield Stray("server", server.server_id, region, reason, halted)
        for volume in self.provider.volumes(region):
            reason = self._why_stray_volume(volume)
            if reason and self._old(volume.created_at):
                yield Stray("volume", volume.volume_id, region, reason, stopped=False)

    def _old(self, moment: int) -> bool:
        return self.clock() - moment >= self.orphan_seconds

    def _why_stray_server(self, server: Server) -> str | None:
        rental = self._rental(server.account_id, server.rental_id)
        if rental is None:
            return _unknown(server.rental_id)
        if rental.status in FINISHED:
            return f"rental {rental.rental_id} is over"
        if rental.server_id is not None and rental.server_id != server.server_id:
            return f"rental {rental.rental_id} has another server"
        return None

    def _why_stray_volume(self, volume: Volume) -> str | None:
        """A disk goes with its server: one that is attached is told by its server, one of a rental that ends waits."""
        if volume.server_id is not None:
            return None
        rental = self._rental(volume.account_id, volume.rental_id)
        if rental is None:
            return f"attached to no server; {_unknown(volume.rental_id)}"
        ends = rental.status is Status.TERMINATING
        return None if ends else f"attached to no server; rental {rental.rental_id} is {rental.status}"

    def _rental(self, account_id: str | None, rental_id: str | None) -> Rental | None:
        if account_id is None or rental_id is None:
            return None
        try:
            return self.store.rental(account_id, rental_id)
        except NotFound:
            return None

    def _halt(self, region: str, server: Server) -> bool:
        """Whether it has been asked to stop now. One that can not be asked holds up no other."""
        if server.state in (ServerState.STOPPED, ServerState.STOPPING):
            return False
        try:
            self.provider.stop(region, server.server_id, force=False)
        except (Refused, OutcomeUnknown):
            return False
        return True


def _unknown(rental_id: str | None) -> str:
    return "has no rental's tag" if rental_id is None else f"rental {rental_id} is not known"
