"""The same plays with the product's own renting, whose catalogue has another price for everybody who comes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given

from chalicelib.accounts.ssh_keys import SshKey, SshKeys
from chalicelib.billing.books import Outcome, State
from chalicelib.ids import Ids
from chalicelib.instances.lease import following
from chalicelib.instances.offers import Catalogue
from chalicelib.instances.rental import Rental
from chalicelib.instances.rentals import Order, Rentals
from chalicelib.instances.store import Remembered
from tests.billing import commands
from tests.billing.commands import Decide
from tests.billing.desk import ACCOUNT
from tests.instances.memory_rentals import MemoryRentals
from tests.instances.yard import MemoryKeys, Trusting, an_offer
from tests.model.lives import HOUR
from tests.model.profiles import examples
from tests.model.renting import NamedIds
from tests.model.stage import Stage, StoppingStore
from tests.model.test_interleavings import Begin, Event, Play, plays
from tests.model.twin import assert_alike, assert_chained, assert_never_negative_by_use, assert_paid_exactly
from tests.model.walk import Walk

OFFER = "off_small"
OWNERS_VERBS = ("stop", "start", "end")


class MarkedBooks:
    """The stage's books for one use case: what it commits carries its mark, and its rental gets this id."""

    def __init__(self, stage: Stage, rental_id: str, mark: Callable[[Walk], None]) -> None:
        self._stage, self._mark = stage, mark
        self.ids: Ids = NamedIds()
        self.ids.next_rental = rental_id  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stage.books, name)

    def execute(self, account_id: str, decide: Decide) -> Any:
        return self._stage.books.execute(account_id, self._stage.marked(decide, self._mark))


class StoppingRentals(MemoryRentals):
    """Stops before and after each read; what it writes goes with the books' commit."""

    def __init__(self, store: StoppingStore, rentals: MemoryRentals) -> None:
        self._store, self._rentals = store, rentals

    def rental(self, account_id: str, rental_id: str) -> Rental:
        found: Rental = self._store.stopping("rental", lambda: self._rentals.rental(account_id, rental_id))
        return found

    def remembered(self, account_id: str, key: str) -> Remembered | None:
        found: Remembered | None = self._store.stopping("remembered", lambda: self._rentals.remembered(account_id, key))
        return found


class StoppingKeys(MemoryKeys):
    """Stops before and after they are listed."""

    def __init__(self, store: StoppingStore) -> None:
        super().__init__()
        self._store = store

    def ssh_keys(self, account_id: str) -> tuple[SshKey, ...]:
        listed = super().ssh_keys
        found: Sequence[SshKey] = self._store.stopping("ssh_keys", lambda: listed(account_id))
        return tuple(found)


class RentingPlay(Play):
    """Servers are rented, stopped, started and terminated by the use cases.

    Stand-ins see them running, and set leases: to the use case, a server that no driver has seen does not run.
    """

    def __init__(self) -> None:
        self.rented: set[str] = set()
        super().__init__()

    def _begin(self, begin: Begin) -> None:
        if begin.verb == "rent":
            self._rent(begin)
        elif begin.verb in OWNERS_VERBS and (name := self.thing(begin)) in self.rented:
            verb = {"end": "terminate"}.get(begin.verb, begin.verb)
            rentals = self._rentals(name, 0, _mark(begin.verb, name))
            self.stage.begin(lambda: getattr(rentals, verb)(ACCOUNT, name), begin.clock_error)
        elif begin.verb == "lease" and (name := self.thing(begin)) in self.rented:
            ends_at = self.desk.now + begin.number % (7 * HOUR)
            decide = _leasing(MemoryRentals(self.desk.store), name, ends_at)
            self.stage.do(decide, lambda walk: walk.lease(name, ends_at, 0), begin.clock_error)
        else:
            super()._begin(begin)

    def _rent(self, begin: Begin) -> None:
        self.taken += 1
        name, price = f"t{self.taken:02}", min(begin.number, 2_500_000)
        self.rented.add(name)
        self.things.append(name)
        rentals = self._rentals(name, price, lambda walk: walk.take(name, price, True))
        order = Order(name, OFFER, idempotency_key=name)
        self.stage.begin(lambda: rentals.rent(ACCOUNT, order), begin.clock_error)

    def _rentals(self, rental_id: str, price: int, mark: Callable[[Walk], None]) -> Rentals:
        books: Any = MarkedBooks(self.stage, rental_id, mark)
        store = StoppingRentals(self.stage.store, MemoryRentals(self.desk.store))
        keys = StoppingKeys(self.stage.store)
        keys.add_ssh_key(SshKey("key_1", ACCOUNT, "laptop", "ssh-ed25519 AAAA", "", "SHA256:1", self.desk.now))
        reader: Any = None
        catalogue = Catalogue([an_offer(OFFER, price)])
        return Rentals(books, reader, store, catalogue, SshKeys(keys, Trusting(), books.ids), lambda *woken: None)


def _leasing(rentals: MemoryRentals, name: str, ends_at: int) -> Decide:
    """The meter's lease and its rental's, in one transaction."""

    def decide(state: State) -> Outcome[bool]:
        outcome = commands.lease(name, ends_at, 0)(state)
        read = rentals.rental(ACCOUNT, name)
        leased = replace(following(read, state.meter(name), state.moment), lease_ends_at=ends_at)
        return Outcome(outcome.result, outcome.change, [*outcome.beside, rentals.writing(read, leased)])

    return decide


def _mark(verb: str, name: str) -> Callable[[Walk], None]:
    """A server that was never launched has no disk: it is stopped for nothing."""
    if verb == "stop":
        return lambda walk: walk.stop(name, 0)
    return lambda walk: getattr(walk, verb)(name)


@examples(60)
@given(plays)
def test_whatever_is_paused_or_killed_while_renting_the_journal_is_the_models(events: list[Event]) -> None:
    play = RentingPlay()
    play.perform(events)
    walk = play.replay()
    assert_alike(play.desk, walk, play.desk.account.at)
    assert_chained(play.desk.journal, play.desk.account)
    assert_never_negative_by_use(play.desk)
    assert_paid_exactly(play.desk, walk)
