"""The rules once more, walked second by second. It imports nothing of the product, on purpose.

What is counted differs from the product, too: the walk keeps what is left to use, in units of price x seconds, lowers
it each second, and books what a thing has cost in its whole life less what it has paid.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import replace

from tests.model.protected import Protected, Refused
from tests.model.things import PARTS, SECONDS_OF_A_DAY, Periods, Thing

__all__ = ["Refused", "Walk"]


class Walk(Protected):
    """One account from its first second on."""

    def __init__(self, start: int, periods: Periods | None = None, server_limit: int = 5) -> None:
        self.now = start
        """Seconds before it have been lived; what is due at it may still be to do."""
        self.stamped = start
        """The last moment at which something was written."""
        self.writes = 0
        self.periods = periods or Periods()
        self.server_limit = server_limit
        self.ledger = 0
        self.protect()
        self.left = 0
        """Units that can still be used."""
        self.things: dict[str, Thing] = {}
        self.active = True
        self.suspended_at = 0
        self.topped_up_at = 0
        self.last_call_at: int | None = None
        self.money_until: int | None = None
        self.armed: set[int] = set()
        self.fired: dict[int, int] = {}
        self.journal: list[tuple[object, ...]] = []
        self.told: list[tuple[object, ...]] = []
        self.charges: dict[str, int] = {}
        """Units that each thing ever used."""
        self.deducted: dict[str, int] = {}

    def copy(self) -> "Walk":
        """Another walk from here on."""
        other = copy(self)
        other.things = {
            name: replace(thing, stretches=[list(stretch) for stretch in thing.stretches])
            for name, thing in self.things.items()
        }
        other.armed, other.fired = set(self.armed), dict(self.fired)
        other.parts_told = set(self.parts_told)
        other.journal, other.told = list(self.journal), list(self.told)
        other.charges, other.deducted = dict(self.charges), dict(self.deducted)
        return other

    # ---- time

    def live_until(self, moment: int) -> None:
        """Live every second before `moment` and do what is due up to and at it."""
        self.do_what_is_due()
        while self.now < moment:
            self.live_seconds(self.stride(moment))
            self.do_what_is_due()

    def stride(self, moment: int) -> int:
        """How many seconds to live before looking again. The walk looks each second."""
        return 1

    def live_seconds(self, seconds: int) -> None:
        for thing in self.things.values():
            thing.live(self.now, seconds)
        self.left -= self.rate * seconds
        self.use_in_month(self.rate * seconds)
        self.now += seconds
        self.turn_the_month()

    @property
    def rate(self) -> int:
        return sum(thing.price for thing in self.things.values())

    @property
    def live_things(self) -> list[Thing]:
        return [self.things[name] for name in sorted(self.things) if not self.things[name].gone]

    def do_what_is_due(self) -> None:
        """The steps of this second, one after the other, until none is due."""
        while step := self._step():
            step()
            self._wrote()

    def _step(self) -> Callable[[], None] | None:
        rate = self.rate
        if self.leases_over():
            return self.end_leases
        if not self.active and self._covers_an_hour():
            return self._restore
        if self.active and (self.left < 0 or self.left < rate):
            return self._suspend
        if self.now % SECONDS_OF_A_DAY == 0 and any(thing.stretches for thing in self.things.values()):
            return self._close
        if self.parts_to_tell():
            return self.tell_parts
        if self._end_is_due():
            return self._end_for_good
        return None

    def _end_is_due(self) -> bool:
        if self.active or self.last_call_at is None or not self.live_things:
            return False
        return self.now >= self.ends_at()

    def ends_at(self) -> int:
        """When what is halted ends."""
        warned = 0 if self.last_call_at is None else self.last_call_at + self.periods.lead
        return max(self.planned_end(), warned)

    def missing(self) -> int:
        """Micro-dollars that would make a suspended account active: the fewest that do."""
        if self.active:
            return 0
        wished = PARTS * sum(thing.wished for thing in self.live_things)
        return max(0, -((self.left - wished) // PARTS))

    def planned_end(self) -> int:
        """When what is halted ends, but for the day that the last call leaves."""
        end = max(self.suspended_at, self.topped_up_at) + self.periods.grace
        if self.money_until is not None and self.money_until > end:
            end = min(self.money_until, end + self.periods.wait)
        return min(end, self.suspended_at + self.periods.longest)

    def _covers_an_hour(self) -> bool:
        """Of everything as its owner wishes it."""
        return self.left >= 0 and self.left >= PARTS * sum(thing.wished for thing in self.live_things)

    def _suspend(self) -> None:
        self.active = False
        self.suspended_at = self.now
        self.topped_up_at = 0
        self.last_call_at = None
        for thing in self.live_things:
            thing.charge(0)
            self._tell("rental_suspended" if thing.is_server else "service_suspended", thing.name)
        self._tell("account_suspended")

    def _restore(self) -> None:
        self._activate()
        for thing in self.live_things:
            if thing.comes_back_alone:
                thing.charge(thing.wished)
        self._tell("account_restored")

    def _activate(self) -> None:
        self.active = True
        self.suspended_at = self.topped_up_at = 0
        self.last_call_at = None

    def _close(self) -> None:
        for name in sorted(self.things):
            thing = self.things[name]
            if thing.stretches:
                amount = thing.used // PARTS - thing.paid
                thing.paid += amount
                self._enter("usage", self.now, -amount, name, tuple(map(tuple, thing.stretches)))
                self.deducted[name] = thing.paid
                thing.stretches = []
                if thing.gone:
                    self._forget(thing)

    def _end_for_good(self) -> None:
        names = [thing.name for thing in self.live_things]
        for name in names:
            self._end(self.things[name])
        self._tell("ended_for_good", ", ".join(names))
        if self.left >= 0:
            self._activate()

    def _end(self, thing: Thing) -> None:
        thing.charge(0)
        thing.gone = True
        if not thing.stretches:
            self._forget(thing)

    def _forget(self, thing: Thing) -> None:
        """Its part of a micro-dollar is dropped."""
        self.left += thing.used - PARTS * thing.paid
        self.charges[thing.name] = thing.used
        self.deducted[thing.name] = thing.paid
        del self.things[thing.name]

    # ---- what is told when somebody looks

    def speak(self) -> None:
        """Last call and notices, which are written when somebody notices."""
        if self.call_is_due():
            self.call()
        levels = self.levels_due()
        if levels:
            self.warn(levels)

    def call_is_due(self) -> bool:
        waiting = not self.active and self.last_call_at is None and bool(self.live_things)
        return waiting and self.now >= self.planned_end() - self.periods.lead

    def call(self) -> None:
        self.last_call_at = self.now
        self._tell("last_call", self.ends_at())
        self._wrote()

    def levels_due(self) -> list[int]:
        if not self.active:
            return []
        return [level for level in self.armed if not self.lasts_longer_than(level) and self._rested(level)]

    def warn(self, levels: list[int]) -> None:
        self.armed -= set(levels)
        self.fired |= dict.fromkeys(levels, self.now)
        self._tell("balance_low", min(levels))
        self._wrote()

    def lasts_longer_than(self, days: int) -> bool:
        """Whether the second that begins in `days` days can be paid, and every one before."""
        return self.rate == 0 or self.left >= self.rate * (days * SECONDS_OF_A_DAY + 1)

    def _rested(self, level: int) -> bool:
        return level not in self.fired or self.now - self.fired[level] >= self.periods.pause

    # ---- what people do. Each is refused or done at this second.

    def take(self, name: str, price: int, is_server: bool) -> None:
        if is_server:
            servers = [thing for thing in self.live_things if thing.is_server]
            if any(thing.name == name for thing in self.live_things) or len(servers) >= self.server_limit:
                raise Refused
        self._admit(price)
        thing = Thing(name, is_server, price, price, comes_back_alone=not is_server)
        self.things[name] = thing
        self.charges[name] = self.deducted[name] = 0
        if not is_server:
            thing.charge(price)
        self._wrote()

    def online(self, name: str) -> None:
        thing = self._find(name)
        if self.active and not thing.comes_back_alone and thing.price != thing.wished:
            thing.charge(thing.wished)
            self._wrote()

    def down(self, name: str) -> None:
        thing = self._find(name)
        if thing.price and not thing.comes_back_alone:
            thing.charge(0)
            self._wrote()

    def stop(self, name: str, stopped_price: int) -> None:
        thing = self._find(name)
        if thing.comes_back_alone:
            return
        thing.comes_back_alone = True
        thing.wished = stopped_price
        thing.charge(stopped_price if self.active else 0)
        self._wrote()

    def start(self, name: str) -> None:
        thing = self._find(name)
        if not thing.comes_back_alone:
            return
        self._admit(0)
        thing.comes_back_alone = False
        thing.wished = thing.full
        thing.charge(0)
        self._wrote()

    def end(self, name: str) -> None:
        thing = self.things.get(name)
        if thing is not None and not thing.gone:
            self._end(thing)
            self._wrote()

    def adjust(self, reference: str, amount: int) -> None:
        self.left += amount * PARTS
        self._enter("adjustment", self.now, amount, reference, ())
        if amount > 0 and not self.active:
            self.topped_up_at = self.now
            if self.planned_end() - self.now > self.periods.lead:
                self.last_call_at = None
            if not self._covers_an_hour():
                self._tell("still_suspended")
        self._wrote()

    def expect_money(self, until: int | None) -> None:
        self.money_until = until
        self._wrote()

    def _admit(self, more: int) -> None:
        hour = sum(thing.full for thing in self.live_things) + more
        if not self.active or self.cap_is_used() or self.left < hour * PARTS:
            raise Refused

    def _find(self, name: str) -> Thing:
        thing = self.things.get(name)
        if thing is None or thing.gone:
            raise Refused
        return thing

    # ---- writing

    def _enter(self, kind: str, moment: int, amount: int, cause: str, lines: tuple[object, ...]) -> None:
        self.ledger += amount
        self.journal.append((len(self.journal) + 1, kind, moment, amount, self.ledger, cause, lines))

    def _tell(self, topic: str, detail: object = None) -> None:
        self.told.append((topic, self.now, detail))

    def _wrote(self) -> None:
        """Whatever was written: levels are armed where the balance lasts longer."""
        self.stamped = self.now
        self.writes += 1
        self.parts_told = {part for part in self.parts_told if self.part_is_used(part)}
        self.armed |= {level for level in self.periods.levels if self.lasts_longer_than(level)}
