"""Any life of an account and its servers, with any trouble at any call: what holds throughout, and where it ends."""

from dataclasses import dataclass

from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.billing.account import Status as AccountStatus
from chalicelib.errors import Failure
from chalicelib.instances.order import Lease
from chalicelib.instances.provider import ServerState
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import FINISHED, Status, Wish
from tests.instances.auditor import AuditedBooks, one_server_each
from tests.instances.unreliable import Gate, Gated
from tests.instances.yard import ACCOUNT, RUNNING_PRICE, Yard
from tests.model.profiles import examples

OWNER = ("rent", "start", "stop", "reboot", "terminate", "lease", "lease")
LEASES = (1, 60, 700, 3_600, 86_400)
"""Seconds."""
MONEY = ("credit", "debit", "drain")
WORK = ("drive", "look", "look_twice", "look_later", "deliver_late", "look_lost", "sweep", "tick")
TROUBLE = (
    "lose_capacity", "regain_capacity", "throttle", "refuse_launch", "lose_answer", "lose_request", "hang_next_stop",
    "fail_next_launch", "fail_next_start", "hide_new_servers", "show_new_servers",
)
ACCIDENTS = ("die", "go_down", "power_off", "vanish")
ENOUGH_MINUTES = 120


@dataclass(frozen=True)
class Event:
    """What somebody does, after some seconds; killed at a call, or interrupted at one by what another does."""

    verb: str
    which: int = 0
    after_seconds: int = 0
    kill_at: int = -1
    pause_at: int = -1
    paused_seconds: int = 0
    meanwhile: "Event | None" = None


def events(meanwhile: st.SearchStrategy[Event | None], calls: st.SearchStrategy[int]) -> st.SearchStrategy[Event]:
    """Events of every kind; work is the most frequent."""
    verbs = st.one_of(*(st.sampled_from(kind) for kind in (OWNER, MONEY, WORK, WORK, TROUBLE, ACCIDENTS)))
    seconds = st.sampled_from([0, 0, 1, 10, 30, 60, 60, 300, 700, 3_600, 86_400])
    return st.builds(Event, verbs, st.integers(0, 4), seconds, calls, calls, st.integers(0, 50), meanwhile)


NEVER = st.just(-1)
CALLS = st.one_of(NEVER, NEVER, st.integers(1, 20))
LIVES = st.lists(events(st.none() | events(st.none(), NEVER), CALLS), min_size=12, max_size=40)


class Life:
    """Lives events in a yard whose every store and provider call has a gate."""

    def __init__(self, servers: int, warm_minutes: int) -> None:
        self.gate = Gate()
        self.audited = AuditedBooks()
        self.yard = yard = Yard(dollars="50", books=self.audited)
        yard.vanish_limit = 10
        yard.work_with(Gated(self.audited, self.gate), Gated(yard.rental_store, self.gate))
        yard.provider.gate = self.gate
        for number in range(servers):
            yard.rent(f"box-{number}")
        yard.minutes(warm_minutes)
        self.late: list[object] = []
        self.lost: set[str] = set()
        """Rentals whose server an accident has ended."""

    def live(self, event: Event) -> None:
        self.yard.wait(event.after_seconds)
        meanwhile = event.meanwhile

        def between() -> None:
            self.yard.wait(event.paused_seconds)
            if meanwhile is not None:
                self._do(meanwhile)

        with self.gate.worker(event.kill_at, event.pause_at, between):
            self._do(event)
        one_server_each(self.yard.provider)
        self.keep_their_servers()

    def keep_their_servers(self) -> None:
        """What has run is there, with its disk, until its owner or a suspension that lasted ends it."""
        for rental in self.yard.rental_store.all():
            meter = self.yard.meter(rental.rental_id)
            kept = rental.live and meter is not None and meter.live and rental.seen_running_at is not None
            if kept and rental.rental_id not in self.lost:
                assert self.yard.provider.existing(rental.rental_id), rental

    def _do(self, event: Event) -> None:
        rentals = list(self.yard.rental_store.all())
        rental = rentals[event.which % len(rentals)] if rentals else None
        try:
            if event.verb in OWNER:
                self._own(event, rental)
            elif event.verb in MONEY:
                self._pay(event.verb)
            elif event.verb in WORK:
                self._work(event.verb, rental)
            else:
                self._trouble(event, rental)
        except Failure:
            pass

    def _own(self, event: Event, rental: Rental | None) -> None:
        if event.verb == "rent":
            self.yard.rent(f"box-{event.which}")
        elif rental is not None and event.verb == "lease":
            ends_at = self.yard.now + LEASES[event.which]
            self.yard.rentals.lease(ACCOUNT, rental.rental_id, Lease(moment=ends_at))
        elif rental is not None:
            getattr(self.yard, event.verb)(rental.rental_id)

    def _pay(self, verb: str) -> None:
        yard = self.yard
        if verb == "drain":
            yard.sweep()
            left = max(1, 30 * RUNNING_PRICE // 3_600)
            yard.adjust(left - yard.balance if yard.balance > left else -1)
        else:
            yard.adjust(40_000_000 if verb == "credit" else -20_000_000)

    def _work(self, verb: str, rental: Rental | None) -> None:
        yard = self.yard
        match verb:
            case "drive" if rental is not None:
                yard.drive(rental.rental_id)
            case "look":
                yard.look()
            case "look_twice":
                yard.watch.look()
                hints = yard.queue.take()
                yard.deliver([*hints, *reversed(hints)])
            case "look_later":
                yard.watch.look()
                self.late += yard.queue.take()
            case "deliver_late":
                late, self.late = self.late, []
                yard.deliver(late)  # type: ignore[arg-type]
            case "look_lost":
                yard.watch.look()
                yard.queue.take()
            case "sweep":
                yard.sweep()
            case _:
                yard.tick()

    def _trouble(self, event: Event, rental: Rental | None) -> None:
        provider = self.yard.provider
        if event.verb in ACCIDENTS:
            if rental is not None:
                self.lost |= {rental.rental_id} if event.verb in ("die", "vanish") else set()
                getattr(provider, event.verb)(rental.rental_id)
        elif event.verb == "refuse_launch":
            provider.refuse("launch", "UnauthorizedOperation")
        elif event.verb in ("hide_new_servers", "show_new_servers"):
            provider.hide_new_servers(300 if event.verb == "hide_new_servers" else 0)
        else:
            getattr(provider, event.verb)()

    def calm_down(self) -> None:
        """Nothing goes wrong any more, and the jobs do their duty until all is as it should be."""
        self.yard.provider.calm()
        self.yard.deliver(self.late)  # type: ignore[arg-type]
        for _ in range(ENOUGH_MINUTES):
            self.yard.minutes(1)
            if all(self.agrees(rental) for rental in self.yard.rental_store.all()):
                return
        wrong = [rental for rental in self.yard.rental_store.all() if not self.agrees(rental)]
        raise AssertionError(f"still not as it should be: {wrong}")

    def agrees(self, rental: Rental) -> bool:
        """Whether the server is what it should be, and the record says so."""
        meter = self.yard.meter(rental.rental_id)
        alive = self.yard.provider.existing(rental.rental_id)
        if rental.wish is Wish.GONE or meter is None or not meter.live:
            return rental.status in FINISHED and not alive
        assert rental.lease_ends_at in (None, meter.lease_ends_at) or meter.lease_ends_at is None
        active = self.yard.account.status is AccountStatus.ACTIVE
        if rental.wish is Wish.STOPPED or not active:
            halted = all(machine.state is ServerState.STOPPED for machine in alive)
            return rental.status is Status.STOPPED and halted and rental.address is None
        return (
            rental.status is Status.ONLINE
            and [machine.state for machine in alive] == [ServerState.RUNNING]
            and (alive[0].address, alive[0].access_open) == (rental.address, True)
            and meter.price == RUNNING_PRICE
        )


def assert_charged_for_what_ran(life: Life) -> None:
    """At the running price nothing is charged but seconds in which the server ran."""
    now = life.yard.now
    for rental in life.yard.rental_store.all():
        machines = (each for each in life.yard.provider.machines.values() if each.order.rental_id == rental.rental_id)
        ran = sum(machine.ran_seconds(now) for machine in machines)
        charged = life.audited.net_running_units(rental.rental_id, max(now, life.yard.account.at))
        assert charged <= ran * RUNNING_PRICE, (rental, charged / RUNNING_PRICE, ran)


LOST_AFTER_AN_HOUR = [Event("look", 0, 3_600), Event("die"), Event("look", 0, 700)]
BOOKED_BEFORE_SEEN = [Event("go_down"), Event("terminate", 0, 100), Event("sweep", 0, 86_400), Event("look")]
TAKEN_BACK_TWICE = [
    *[Event("fail_next_start")] * 2, Event("go_down"), *[Event("look", 0, 300)] * 3, Event("power_off"),
]
SEEN_AFTER_THE_HALT_AND_BEFORE_IT_IS_WRITTEN = [
    Event("look", 0, 30), Event("drain", pause_at=3, paused_seconds=16, meanwhile=Event("drive")), Event("credit"),
]


@examples(150)
@example(1, 3, LOST_AFTER_AN_HOUR)
@example(1, 3, BOOKED_BEFORE_SEEN)
@example(1, 3, TAKEN_BACK_TWICE)
@example(2, 1, SEEN_AFTER_THE_HALT_AND_BEFORE_IT_IS_WRITTEN)
@given(st.integers(1, 3), st.sampled_from([0, 1, 3]), LIVES)
def test_whatever_happens_servers_become_what_they_should_be_and_nothing_is_charged_wrongly(
    servers: int, warm_minutes: int, life: list[Event]
) -> None:
    lived = Life(servers, warm_minutes)
    for event in life:
        lived.live(event)
    lived.calm_down()
    one_server_each(lived.yard.provider)
    assert_charged_for_what_ran(lived)
    account, meters = lived.yard.account, lived.yard.store.meters(ACCOUNT)
    assert account.unbooked == sum(meter.units_at(account.at) for meter in meters)
    assert account.totals.rate == sum(meter.price for meter in meters)
