"""The product's own renting, with a catalogue whose prices change all the time, living the same life as the model."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from chalicelib.accounts.ssh_keys import SshKey, SshKeys
from chalicelib.billing.explain import Reader
from chalicelib.billing.policy import Policy
from chalicelib.errors import Failure
from chalicelib.ids import Ids
from chalicelib.instances.driver import Driver
from chalicelib.instances.offers import Catalogue
from chalicelib.instances.order import Lease
from chalicelib.instances.reconciler import Patience
from chalicelib.instances.rentals import Order, Rentals
from tests.billing.desk import ACCOUNT
from tests.instances.fake_provider import FakeProvider
from tests.instances.memory_rentals import MemoryRentals
from tests.instances.yard import MemoryKeys, Trusting, an_offer
from tests.model.lives import STOPPED_PRICES, Act, Life
from tests.model.twin import Step, Twin
from tests.model.walk import Refused, Walk

OFFER = "off_small"
LOOKS = 3
"""To launch it, to open it and see it running, or to stop it and see it stopped."""


class NamedIds(Ids):
    """Rentals get the ids that the model knows them by."""

    next_rental = ""

    def new(self, kind: str, moment: int) -> str:
        return self.next_rental if kind == "rent" else super().new(kind, moment)


class RentingTwin(Twin):
    """Rents, starts, stops and terminates by the use cases and the driver; its provider does at once what it is asked.

    Each act with a price changes the catalogue first. What is rented keeps the price that it was rented at.
    """

    def __init__(self, life: Life, walk: type[Walk], policy: Policy) -> None:
        super().__init__(life, walk, policy)
        desk = self.desk
        self.rental_store = MemoryRentals(desk.store)
        self.provider = FakeProvider(self._clock)
        self.provider.prompt = True
        self.ids = NamedIds()
        self.books = replace(desk.books, ids=self.ids)
        key_store = MemoryKeys()
        key_store.add_ssh_key(SshKey("key_1", ACCOUNT, "laptop", "ssh-ed25519 AAAA", "", "SHA256:1", desk.now))
        self.keys = SshKeys(key_store, Trusting(), self.ids)
        self.driver = Driver(self.books, self.rental_store, self.provider, Patience())
        self.running_price, self.stopped_price = 1, 0
        self.stopped_prices: dict[str, int] = {}
        """Of each rental, as it was when it was rented."""
        self.launched: set[str] = set()

    def act(self, act: Act) -> None:
        if act.verb in ("online", "rent_and_see"):
            # What was seen before the meter last stopped starts no meter: look by a clock that is not behind.
            self.now = max(self.now, self.desk.account.at)
            act = replace(act, clock_error=0)
        super().act(act)

    def _clock(self) -> int:
        return self.desk.now

    def _rentals(self) -> Rentals:
        offer = replace(an_offer(OFFER, self.running_price), stopped_price=self.stopped_price)
        reader = Reader(self.desk.store, self._clock, self.ids, self.policy)
        catalogue = Catalogue([offer])
        return Rentals(self.books, reader, self.rental_store, catalogue, self.keys, lambda account_id, rental_id: None)

    def _steps(self, act: Act) -> list[Step]:
        if act.verb in ("rent", "rent_and_see"):
            return self._rent(act)
        if act.verb in ("online", "down", "stop", "start", "end", "lease"):
            name = self.names[act.which % len(self.names)]
            if name in self.stopped_prices:
                self.running_price, self.stopped_price = act.number + 1, act.number
                if act.verb == "lease":
                    return [self._lease(name, act.number)]
                # Nobody looks at a server that was never rented, and servers go down by the provider alone.
                never = act.verb == "down" or (act.verb == "online" and name not in self.walk.charges)
                return [] if never else [getattr(self, f"_{act.verb}")(name)]
        return super()._steps(act)

    def _run(self, decide: object) -> bool:
        """Rental commands are whole use cases; the others are decisions."""
        if not isinstance(decide, UseCase):
            return super()._run(decide)  # type: ignore[arg-type]
        try:
            decide.act()
        except Failure:
            return True
        return False

    def _rent(self, act: Act) -> list[Step]:
        name = f"r{len(self.names):02}"
        self.names.append(name)
        self.running_price, self.stopped_price = act.number, STOPPED_PRICES[act.which]
        self.stopped_prices[name] = self.stopped_price

        def rent() -> None:
            self.ids.next_rental = name
            self._rentals().rent(ACCOUNT, Order(name, OFFER, idempotency_key=name))

        price = act.number
        steps: list[Step] = [(UseCase(rent), lambda walk: walk.take(name, price, True))]  # type: ignore[list-item]
        return [*steps, self._online(name)] if act.verb == "rent_and_see" else steps

    def _online(self, name: str) -> Step:
        def look() -> None:
            for _ in range(LOOKS):
                self.driver.drive(ACCOUNT, name)

        def seen(walk: Walk) -> None:
            with suppress(Refused):
                walk.online(name)
                if walk.active and not walk.things[name].comes_back_alone:
                    self.launched.add(name)
                    walk.things[name].rest = self.stopped_prices[name]

        return self._known(name, look, seen)

    def _stop(self, name: str) -> Step:
        def stopped(walk: Walk) -> None:
            walk.stop(name, self.stopped_prices[name] if name in self.launched else 0)

        return self._known(name, lambda: self._rentals().stop(ACCOUNT, name), stopped)

    def _start(self, name: str) -> Step:
        def started(walk: Walk) -> None:
            if not walk.active:
                raise Refused
            walk.start(name)

        return self._known(name, lambda: self._rentals().start(ACCOUNT, name), started)

    def _lease(self, name: str, seconds: int) -> Step:
        ends_at = None if seconds < 0 else self.now + seconds
        asked = None if ends_at is None else Lease(moment=ends_at)
        return self._known(
            name, lambda: self._rentals().lease(ACCOUNT, name, asked), lambda walk: walk.lease(name, ends_at)
        )

    def _end(self, name: str) -> Step:
        return self._known(name, lambda: self._rentals().terminate(ACCOUNT, name), lambda walk: walk.end(name))

    def _known(self, name: str, act: Callable[[], object], model: Callable[[Walk], None]) -> Step:
        """A rental that was never made is not found, on both sides."""

        def found(walk: Walk) -> None:
            if name not in walk.charges:
                raise Refused
            model(walk)

        return UseCase(act), found  # type: ignore[return-value]


class UseCase:
    """Something that is done as a whole."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act
