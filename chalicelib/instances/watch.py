"""Looking after rentals: which want a look, what the provider says of them all, and waking an account's own.

docs/rules.md, "Servers are driven to what they should be".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.clock import Clock
from chalicelib.errors import NotFound, OutcomeUnknown
from chalicelib.instances.consequences import Observation
from chalicelib.instances.provider import GONE, Provider, Refused, Server, ServerState
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import OVER
from chalicelib.instances.store import LOOK_SHARDS, RentalStore
from chalicelib.queues import Hint, Queue

_DESCRIBED_AT_ONCE = 100
_FRESH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Looked:
    """What one pass found."""

    rentals: int
    vanished: int
    held: bool
    """More vanished than can be believed: no rental is closed, and somebody has to look."""
    oldest_look_seconds: int
    """How long the rental that has waited longest has wanted a look."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Use cases of the jobs that keep rentals in view."""

    store: RentalStore
    provider: Provider
    queue: Queue
    clock: Clock
    vanish_limit: int

    def look(self) -> Looked:
        """Describe the servers of all rentals that want a look, in batches, and hand each to the workers."""
        now = self.clock()
        due = [hint for shard in range(LOOK_SHARDS) for hint in self.store.due(shard, now)]
        rentals = list(self._read(due))
        seen: dict[str, Server] = {}
        blind: set[str] = set()
        for region in sorted({rental.offer.region for rental in rentals}):
            self._describe(region, rentals, seen, blind)
        vanished = sum(self._vanished(rental, seen) for rental in rentals if rental.offer.region not in blind)
        held = vanished > self.vanish_limit
        hints = (self._hint(rental, seen, now, may_close=not held) for rental in rentals)
        sighted = (hint if hint["region"] not in blind else _blind(hint) for hint in hints)
        self.queue.send(sighted)
        oldest = min((look_at for _, _, look_at in due), default=now)
        return Looked(len(rentals), vanished, held, now - oldest)

    def wake(self, account_id: str) -> int:
        """Hand every rental of an account that is not over to the workers, because its account has changed."""
        return self.queue.send(self._unfinished(account_id))

    def _unfinished(self, account_id: str) -> Iterator[Hint]:
        before: str | None = None
        while True:
            page = self.store.page(account_id, before, 100)
            for rental in page.rentals:
                if rental.status not in OVER or rental.look_at is not None:
                    yield drive_hint(account_id, rental.rental_id)
            if page.before is None:
                return
            before = page.before

    def _read(self, due: Iterable[tuple[str, str, int]]) -> Iterator[Rental]:
        for account_id, rental_id, _ in due:
            try:
                yield self.store.rental(account_id, rental_id)
            except NotFound:
                continue

    def _describe(self, region: str, rentals: Iterable[Rental], seen: dict[str, Server], blind: set[str]) -> None:
        ids = [rental.server_id for rental in rentals if rental.server_id and rental.offer.region == region]
        try:
            for start in range(0, len(ids), _DESCRIBED_AT_ONCE):
                seen.update(self.provider.describe(region, ids[start : start + _DESCRIBED_AT_ONCE]))
        except (Refused, OutcomeUnknown):
            blind.add(region)

    def _vanished(self, rental: Rental, seen: Mapping[str, Server]) -> bool:
        if rental.server_id is None or rental.status in OVER or rental.seen_running_at is None:
            return False
        server = seen.get(rental.server_id)
        return server is None or server.state in GONE

    def _hint(self, rental: Rental, seen: Mapping[str, Server], now: int, *, may_close: bool) -> Hint:
        server = seen.get(rental.server_id) if rental.server_id else None
        return {
            **drive_hint(rental.account_id, rental.rental_id),
            "region": rental.offer.region,
            "looked_at": now if rental.server_id else 0,
            "may_close": may_close,
            "server": None if server is None else _described(server),
        }


def drive_hint(account_id: str, rental_id: str) -> Hint:
    """Names a rental that wants a look."""
    return {"account_id": account_id, "rental_id": rental_id}


def observation(hint: Mapping[str, object], now: int) -> Observation | None:
    """What a pass saw, from its hint; None when it saw nothing or too long ago, and the worker has to look."""
    looked_at = hint.get("looked_at")
    if not isinstance(looked_at, int) or now - looked_at > _FRESH_SECONDS:
        return None
    server = hint.get("server")
    described = _server(server) if isinstance(server, dict) else None
    return Observation(described, looked_at, may_close=hint.get("may_close") is True)


def _blind(hint: Hint) -> Hint:
    return {**hint, "looked_at": 0, "may_close": False, "server": None}


def _described(server: Server) -> dict[str, object]:
    return {
        "server_id": server.server_id,
        "state": str(server.state),
        "address": server.address,
        "access_open": server.access_open,
        "powered_off_inside": server.powered_off_inside,
        "refusal": server.refusal,
    }


def _server(described: Mapping[str, object]) -> Server:
    address, refusal = described["address"], described.get("refusal")
    return Server(
        server_id=str(described["server_id"]),
        state=ServerState(str(described["state"])),
        address=None if address is None else str(address),
        access_open=described.get("access_open") is True,
        powered_off_inside=described["powered_off_inside"] is True,
        refusal=None if refusal is None else str(refusal),
    )
