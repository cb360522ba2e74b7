"""What every MachineStore does, in memory or on any engine. A test makes the fixture `rack` and subclasses it.

Every test uses an account of its own, so the tables may be shared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.clock import DAY
from chalicelib.errors import LostRace, NotFound
from chalicelib.ids import Ids
from chalicelib.instances.machine_store import MachineStore
from chalicelib.instances.machines import Heard, SelfHosted
from chalicelib.instances.report import CpuType, Gpu, GpuType, Report
from chalicelib.writes import Write

NOW = 20_000 * DAY + 100
IDS = Ids()
"""Accounts are new in every run: an engine's tables may outlive one."""
GPUS = (
    Gpu(0, "NVIDIA A10G", "GPU-1", GpuType.NVIDIA, 24 << 30),
    Gpu(1, "AMD Radeon(TM) Pro", "GPU-2", GpuType.AMD, 0),
)
KEYS = ("key_0wn5x8k20q7gt4mz1r3c",)


@dataclass(frozen=True, slots=True)
class Rack:
    """A store, empty or not, and the way to put writes into it."""

    store: MachineStore
    commit: Callable[[Sequence[Write]], None]
    """Commits writes as one transaction."""

    def put(self, server: SelfHosted) -> SelfHosted:
        """A new server, as the store gives it back."""
        self.commit(self.store.registering(server))
        return self.store.self_hosted(server.account_id, server.machine_id)

    def change(self, before: SelfHosted, **fields: Any) -> SelfHosted:
        """The same server after its owner has changed something."""
        after = before._replace(version=before.version + 1, **fields)
        self.commit(self.store.replacing(before, after))
        return self.store.self_hosted(before.account_id, before.machine_id)


def a_report(**more: Any) -> Report:
    """What a daemon finds on a server with two GPUs."""
    fields: dict[str, Any] = {
        "cpu_type": CpuType.AMD,
        "cpu_cores": 8,
        "memory_bytes": 64 << 30,
        "shm_total_bytes": 32 << 30,
        "shm_used_bytes": 5,
        "gpus": GPUS,
        "host_user": "root",
        "address": "203.0.113.7",
        "applied_key_ids": KEYS,
    }
    return Report(**{**fields, **more})


def a_server(account_id: str, name: str = "lab-1", created_at: int = NOW) -> SelfHosted:
    """A server that has just been registered."""
    return SelfHosted(IDS.new("self", created_at), account_id, name, created_at, "dtok_1", version=1)


class MachineStoreContract:
    """The tests."""

    @pytest.fixture
    def rack(self) -> Rack:
        """Given by the subclass."""
        raise NotImplementedError

    @pytest.fixture
    def account_id(self) -> str:
        """Of nobody else."""
        return IDS.new("acct", NOW)

    def test_a_server_comes_back_as_it_was_registered(self, rack: Rack, account_id: str) -> None:
        server = a_server(account_id)
        assert rack.put(server) == server
        with pytest.raises(NotFound):
            rack.store.self_hosted(account_id, IDS.new("self", NOW))
        with pytest.raises(NotFound):
            rack.store.self_hosted(IDS.new("acct", NOW), server.machine_id)

    def test_one_that_is_removed_leaves_nothing_and_its_name_is_free(self, rack: Rack, account_id: str) -> None:
        for deleted in (False, True):
            server = rack.put(a_server(account_id))
            if deleted:
                server = rack.change(server, deleted_at=NOW)
            rack.commit(rack.store.removing(server))
            with pytest.raises(NotFound):
                rack.store.self_hosted(account_id, server.machine_id)
            assert rack.store.page(account_id, None, 10).servers == ()

    def test_a_name_is_taken_until_its_server_is_deleted(self, rack: Rack, account_id: str) -> None:
        first = rack.put(a_server(account_id))
        second = a_server(account_id)
        with pytest.raises(LostRace):
            rack.put(second)
        with pytest.raises(NotFound):
            rack.store.self_hosted(account_id, second.machine_id)
        deleted = rack.change(first, deleted_at=NOW + 5)
        assert (deleted.living, deleted.deleted_at) == (False, NOW + 5)
        assert rack.put(second) == second
        assert rack.put(a_server(IDS.new("acct", NOW))).name == first.name, "another account has names of its own"

    def test_pages_are_newest_first_and_hold_no_other_machines(self, rack: Rack, account_id: str) -> None:
        servers = [rack.put(a_server(account_id, f"lab-{number}", NOW + number)) for number in range(5)]
        rack.store.hear_rented(account_id, IDS.new("rent", NOW), Heard(NOW, "1", a_report()))
        names, before = [], None
        for _ in range(3):
            page = rack.store.page(account_id, before, 2)
            names.append([server.name for server in page.servers])
            before = page.before
        assert names == [["lab-4", "lab-3"], ["lab-2", "lab-1"], ["lab-0"]]
        assert before is None
        assert rack.store.page(account_id, None, 5).before is None
        assert rack.store.page(account_id, servers[0].machine_id, 5).servers == ()

    def test_a_heartbeat_comes_back_whole_and_the_last_one_counts(self, rack: Rack, account_id: str) -> None:
        server = rack.put(a_server(account_id))
        for heard in (Heard(NOW + 1, "dtok_1", a_report()), Heard(NOW + 61, "dtok_1", a_report(gpus=(), address=None))):
            rack.store.hear_self_hosted(server, heard)
            assert rack.store.self_hosted(account_id, server.machine_id) == server._replace(heard=heard)

    def test_a_heartbeat_does_not_disturb_its_owner(self, rack: Rack, account_id: str) -> None:
        server = rack.put(a_server(account_id))
        heard = Heard(NOW + 1, "dtok_1", a_report())
        rack.store.hear_self_hosted(server, heard)
        changed = rack.change(server, token_id="dtok_2")
        assert (changed.token_id, changed.heard, changed.version) == ("dtok_2", heard, 2)

    def test_a_token_that_counts_no_more_is_not_heard(self, rack: Rack, account_id: str) -> None:
        server = rack.put(a_server(account_id))
        renewed = rack.change(server, token_id="dtok_2")
        with pytest.raises(LostRace):
            rack.store.hear_self_hosted(server, Heard(NOW + 1, "dtok_1", a_report()))
        rack.change(renewed, deleted_at=NOW + 2)
        with pytest.raises(LostRace):
            rack.store.hear_self_hosted(renewed, Heard(NOW + 3, "dtok_2", a_report()))
        with pytest.raises(LostRace):
            rack.store.hear_self_hosted(a_server(account_id), Heard(NOW + 3, "dtok_1", a_report()))
        assert rack.store.self_hosted(account_id, server.machine_id).heard is None

    def test_of_two_changes_of_one_server_one_is_lost(self, rack: Rack, account_id: str) -> None:
        server = rack.put(a_server(account_id))
        rack.change(server, token_id="dtok_2")
        with pytest.raises(LostRace):
            rack.change(server, deleted_at=NOW)

    def test_rented_servers_are_heard_one_by_one_and_together(self, rack: Rack, account_id: str) -> None:
        rentals = sorted(IDS.new("rent", NOW + number) for number in range(4))
        assert rack.store.heard(account_id, rentals[0]) is None
        assert rack.store.heard_between(account_id, rentals[0], rentals[-1]) == {}
        heard = {rental: Heard(NOW + place, str(place), a_report()) for place, rental in enumerate(rentals)}
        for rental, one in heard.items():
            rack.store.hear_rented(account_id, rental, Heard(NOW, "0", a_report(gpus=())))
            rack.store.hear_rented(account_id, rental, one)
            assert rack.store.heard(account_id, rental) == one
        rack.put(a_server(account_id))
        assert rack.store.heard_between(account_id, rentals[0], rentals[-1]) == heard
        assert set(rack.store.heard_between(account_id, rentals[1], rentals[2])) == set(rentals[1:3])
        assert rack.store.heard_between(IDS.new("acct", NOW), rentals[0], rentals[-1]) == {}
