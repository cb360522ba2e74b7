"""What every RentalStore does, in memory or on any engine. A test makes the fixture `shelf` and subclasses it.

Every test uses an account of its own, so the tables may be shared.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Barrier, Thread
from typing import Any

import pytest

from chalicelib.clock import DAY
from chalicelib.errors import LostRace, NotFound
from chalicelib.ids import Ids
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import Status, Wish
from chalicelib.instances.store import LOOK_SHARDS, Remembered, RentalStore
from chalicelib.writes import Write
from tests.instances.yard import an_offer

NOW = 20_000 * DAY + 100
IDS = Ids()
"""Accounts are new in every run: an engine's tables may outlive one."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A store, empty or not, and the way to put writes into it."""

    store: RentalStore
    commit: Callable[[Sequence[Write]], None]
    """Commits writes as one transaction."""

    def put(self, rental: Rental) -> Rental:
        """A new rental, as the store gives it back."""
        self.commit([self.store.writing(None, rental)])
        return self.store.rental(rental.account_id, rental.rental_id)

    def looked_at(self, now: int) -> list[tuple[str, str, int]]:
        """What wants a look by `now`."""
        return [hint for shard in range(LOOK_SHARDS) for hint in self.store.due(shard, now)]


def a_rental(account_id: str, created_at: int = NOW, **more: Any) -> Rental:
    """A rental that has just been asked for."""
    return Rental(
        rental_id=IDS.new("rent", created_at),
        account_id=account_id,
        name="train",
        offer=an_offer(),
        created_at=created_at,
        public_keys=("ssh-ed25519 AAAAC3",),
        key_ids=("key_1",),
        status_since=created_at,
        coming_up_since=created_at,
        look_at=created_at,
        **more,
    )


def in_every_field(rental: Rental) -> Rental:
    """The same rental, with a value of its own in every field that can change."""
    return replace(
        rental,
        wish=Wish.STOPPED,
        status=Status.STOPPING,
        status_since=NOW + 1,
        public_keys=("ssh-ed25519 AAAAC3", "sk-ssh-ed25519@openssh.com AAAAG ✓"),
        key_ids=("key_1", "key_2"),
        server_id="i-1",
        address="203.0.113.7",
        host_user="ec2-user",
        access_open=True,
        attempt=3,
        image_id="ami-1",
        launched_key_ids=("key_1",),
        coming_up_since=NOW + 2,
        maybe_launched_at=NOW + 3,
        refusals=4,
        refusal="InsufficientInstanceCapacity",
        seen_running_at=NOW + 5,
        units_when_seen=10**20 + 1,
        units_counted=10**20 + 2,
        missing_since=NOW + 6,
        start_asked_at=NOW + 10,
        stop_asked_at=NOW + 7,
        terminate_asked_at=NOW + 8,
        reboot_wanted=True,
        failure="[no] \u202e",
        lease_ends_at=NOW + 10,
        look_at=NOW + 9,
    )


def at_once(acts: Sequence[Callable[[], None]]) -> None:
    """All of them, each in a thread of its own, begun together."""
    gate = Barrier(len(acts))

    def begin(act: Callable[[], None]) -> None:
        gate.wait()
        act()

    threads = [Thread(target=begin, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class RentalStoreContract:
    """Subclass it where there is a fixture `shelf`."""

    @pytest.fixture
    def account_id(self) -> str:
        return IDS.new("acct", NOW)

    # ---- rentals

    def test_what_nobody_rented_is_not_found(self, shelf: Shelf, account_id: str) -> None:
        with pytest.raises(NotFound):
            shelf.store.rental(account_id, IDS.new("rent", NOW))

    def test_a_new_rental_comes_back_with_its_first_version(self, shelf: Shelf, account_id: str) -> None:
        rental = a_rental(account_id)
        assert shelf.put(rental) == replace(rental, version=1)

    def test_another_accounts_rental_is_not_found(self, shelf: Shelf, account_id: str) -> None:
        rental = shelf.put(a_rental(account_id))
        with pytest.raises(NotFound):
            shelf.store.rental(IDS.new("acct", NOW), rental.rental_id)

    def test_a_rental_is_made_once(self, shelf: Shelf, account_id: str) -> None:
        rental = shelf.put(a_rental(account_id))
        with pytest.raises(LostRace):
            shelf.put(replace(rental, name="other"))
        assert shelf.store.rental(account_id, rental.rental_id) == rental

    def test_every_field_comes_back(self, shelf: Shelf, account_id: str) -> None:
        rental = shelf.put(a_rental(account_id))
        after = in_every_field(rental)
        shelf.store.save(rental, after)
        assert shelf.store.rental(account_id, rental.rental_id) == replace(after, version=2)

    def test_fields_that_were_set_can_be_none_again(self, shelf: Shelf, account_id: str) -> None:
        full = shelf.put(in_every_field(a_rental(account_id)))
        bare = replace(full, server_id=None, address=None, image_id=None, maybe_launched_at=None, refusal=None)
        bare = replace(bare, seen_running_at=None, missing_since=None, stop_asked_at=None, terminate_asked_at=None)
        bare = replace(bare, failure=None, look_at=None, launched_key_ids=())
        shelf.store.save(full, bare)
        assert shelf.store.rental(account_id, full.rental_id) == replace(bare, version=2)

    # ---- versions

    @pytest.mark.parametrize("in_a_transaction", [False, True])
    def test_of_two_who_read_the_same_version_the_second_loses(
        self, shelf: Shelf, account_id: str, in_a_transaction: bool
    ) -> None:
        read = shelf.put(a_rental(account_id))
        shelf.store.save(read, replace(read, status=Status.ONLINE))
        with pytest.raises(LostRace):
            if in_a_transaction:
                shelf.commit([shelf.store.writing(read, replace(read, wish=Wish.GONE))])
            else:
                shelf.store.save(read, replace(read, wish=Wish.GONE))
        kept = shelf.store.rental(account_id, read.rental_id)
        assert (kept.status, kept.wish, kept.version) == (Status.ONLINE, Wish.RUNNING, 2)

    def test_a_rental_that_nobody_made_can_not_be_changed(self, shelf: Shelf, account_id: str) -> None:
        never = a_rental(account_id)
        with pytest.raises(LostRace):
            shelf.store.save(never, replace(never, status=Status.ONLINE))
        with pytest.raises(NotFound):
            shelf.store.rental(account_id, never.rental_id)

    def test_a_change_of_nothing_counts_the_version_up(self, shelf: Shelf, account_id: str) -> None:
        """Whoever read before it must look again: what a driver saw counts only for the record it looked for."""
        read = shelf.put(a_rental(account_id))
        shelf.store.save(read, read)
        assert shelf.store.rental(account_id, read.rental_id).version == 2

    def test_of_many_writers_at_once_exactly_one_wins(self, shelf: Shelf, account_id: str) -> None:
        read = shelf.put(a_rental(account_id))
        won: list[str] = []

        def write(address: str) -> None:
            try:
                shelf.store.save(read, replace(read, address=address))
                won.append(address)
            except LostRace:
                pass

        at_once([partial(write, f"203.0.113.{last}") for last in range(8)])
        kept = shelf.store.rental(account_id, read.rental_id)
        assert [kept.address] == won
        assert kept.version == 2

    # ---- pages

    def test_pages_are_newest_first_and_say_where_the_next_begins(self, shelf: Shelf, account_id: str) -> None:
        ids = [shelf.put(a_rental(account_id, NOW + number)).rental_id for number in range(5)]
        first = shelf.store.page(account_id, None, 2)
        second = shelf.store.page(account_id, first.before, 2)
        third = shelf.store.page(account_id, second.before, 2)
        pages = [[rental.rental_id for rental in page.rentals] for page in (first, second, third)]
        assert pages == [[ids[4], ids[3]], [ids[2], ids[1]], [ids[0]]]
        assert third.before is None

    def test_a_page_that_is_just_full_is_the_last(self, shelf: Shelf, account_id: str) -> None:
        for number in range(2):
            shelf.put(a_rental(account_id, NOW + number))
        assert shelf.store.page(account_id, None, 2).before is None

    def test_nothing_rented_is_an_empty_last_page(self, shelf: Shelf, account_id: str) -> None:
        page = shelf.store.page(account_id, None, 10)
        assert (page.rentals, page.before) == ((), None)

    def test_a_page_has_ended_rentals_and_nobody_elses(self, shelf: Shelf, account_id: str) -> None:
        ended = shelf.put(a_rental(account_id, status=Status.DELETED))
        shelf.put(a_rental(IDS.new("acct", NOW)))
        assert shelf.store.page(account_id, None, 10).rentals == (ended,)

    # ---- what wants a look

    def test_a_rental_wants_its_look_from_its_moment_on(self, shelf: Shelf, account_id: str) -> None:
        rental = shelf.put(replace(a_rental(account_id), look_at=NOW + 10))
        hint = (account_id, rental.rental_id, NOW + 10)
        assert hint not in shelf.looked_at(NOW + 9)
        assert hint in shelf.looked_at(NOW + 10)

    def test_a_look_that_moved_is_listed_at_its_new_moment_alone(self, shelf: Shelf, account_id: str) -> None:
        rental = shelf.put(a_rental(account_id))
        shelf.store.save(rental, replace(rental, look_at=NOW + 60))
        mine = [hint for hint in shelf.looked_at(NOW + DAY) if hint[0] == account_id]
        assert mine == [(account_id, rental.rental_id, NOW + 60)]

    def test_a_finished_rental_wants_no_look(self, shelf: Shelf, account_id: str) -> None:
        rental = shelf.put(a_rental(account_id))
        shelf.store.save(rental, replace(rental, status=Status.DELETED, look_at=None))
        assert account_id not in {hint[0] for hint in shelf.looked_at(NOW + DAY)}

    def test_who_waits_longest_comes_first(self, shelf: Shelf, account_id: str) -> None:
        for late in (5, 1, 9):
            shelf.put(replace(a_rental(account_id), look_at=NOW + late))
        for shard in range(LOOK_SHARDS):
            moments = [look_at for _, _, look_at in shelf.store.due(shard, NOW + DAY)]
            assert moments == sorted(moments)

    # ---- idempotency keys

    def test_a_key_is_remembered_with_its_request_and_its_rental(self, shelf: Shelf, account_id: str) -> None:
        used = Remembered("digest", "rent_1")
        shelf.commit([shelf.store.remembering(account_id, "key/1 ✓", used, NOW)])
        assert shelf.store.remembered(account_id, "key/1 ✓") == used
        assert shelf.store.remembered(account_id, "key/2") is None
        assert shelf.store.remembered(IDS.new("acct", NOW), "key/1 ✓") is None

    def test_a_key_that_is_taken_makes_no_second_rental(self, shelf: Shelf, account_id: str) -> None:
        used = Remembered("digest", "rent_1")
        shelf.commit([shelf.store.remembering(account_id, "key", used, NOW)])
        second = a_rental(account_id)
        taken = shelf.store.remembering(account_id, "key", Remembered("digest", second.rental_id), NOW)
        with pytest.raises(LostRace):
            shelf.commit([shelf.store.writing(None, second), taken])
        assert shelf.store.remembered(account_id, "key") == used
        assert shelf.store.page(account_id, None, 10).rentals == ()

    # ---- all of them

    def test_all_rentals_are_listed(self, shelf: Shelf, account_id: str) -> None:
        mine = [shelf.put(a_rental(account_id)), shelf.put(a_rental(account_id, status=Status.DELETED))]
        listed = list(shelf.store.all())
        assert all(rental in listed for rental in mine)
