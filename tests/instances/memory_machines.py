"""A MachineStore in the memory of the books, so that one transaction covers both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.errors import LostRace, NotFound
from chalicelib.instances.machine_store import SelfHostedPage
from chalicelib.instances.machines import Heard, SelfHosted
from chalicelib.writes import Write
from tests.billing.memory_books import Key, MemoryBooks, MemoryWrite


@dataclass(frozen=True, slots=True)
class Claim:
    """Which server has a name."""

    target: str
    version: int = 1


class MemoryMachines:
    """Self-hosted servers and heartbeats, beside the books' own records."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def self_hosted(self, account_id: str, machine_id: str) -> SelfHosted:
        found = self._books.records.get(_machine(account_id, machine_id))
        if not isinstance(found, SelfHosted):
            raise NotFound("You have no self-hosted server with this id.")
        return found

    def page(self, account_id: str, before: str | None, limit: int) -> SelfHostedPage:
        every = [one for one in self._books.records.values() if isinstance(one, SelfHosted)]
        mine = sorted((one for one in every if one.account_id == account_id), key=lambda one: one.machine_id)
        rest = [one for one in reversed(mine) if before is None or one.machine_id < before]
        return SelfHostedPage(tuple(rest[:limit]), rest[limit - 1].machine_id if len(rest) > limit else None)

    def registering(self, server: SelfHosted) -> Sequence[Write]:
        key = _machine(server.account_id, server.machine_id)
        return [MemoryWrite(key, server, None), MemoryWrite(_name(server), Claim(server.machine_id), None)]

    def replacing(self, before: SelfHosted, after: SelfHosted) -> Sequence[Write]:
        key = _machine(before.account_id, before.machine_id)
        kept = self._books.records.get(key)
        heard = kept.heard if isinstance(kept, SelfHosted) else after.heard
        changed = MemoryWrite(key, after._replace(heard=heard), before.version)
        if before.living and not after.living:
            return [changed, MemoryWrite(_name(before), None, 1)]
        return [changed]

    def removing(self, server: SelfHosted) -> Sequence[Write]:
        gone = MemoryWrite(_machine(server.account_id, server.machine_id), None, server.version)
        return [gone, MemoryWrite(_name(server), None, 1)] if server.living else [gone]

    def hear_self_hosted(self, server: SelfHosted, heard: Heard) -> None:
        key = _machine(server.account_id, server.machine_id)
        kept = self._books.records.get(key)
        if not isinstance(kept, SelfHosted) or not kept.living or kept.token_id != heard.token_id:
            raise LostRace("Its token counts no more.")
        self._books.records[key] = kept._replace(heard=heard)

    def heard(self, account_id: str, rental_id: str) -> Heard | None:
        found = self._books.records.get(_machine(account_id, rental_id))
        return found if isinstance(found, Heard) else None

    def heard_between(self, account_id: str, first_id: str, last_id: str) -> Mapping[str, Heard]:
        mine = {key[2]: one for key, one in self._books.records.items() if key[:2] == ("machines", account_id)}
        within = {str(name): one for name, one in mine.items() if first_id <= str(name) <= last_id}
        return {name: one for name, one in within.items() if isinstance(one, Heard)}

    def hear_rented(self, account_id: str, rental_id: str, heard: Heard) -> None:
        self._books.records[_machine(account_id, rental_id)] = heard


def _machine(account_id: str, machine_id: str) -> Key:
    return ("machines", account_id, machine_id)


def _name(server: SelfHosted) -> Key:
    return ("machines", server.account_id, f"name#{server.name}")
