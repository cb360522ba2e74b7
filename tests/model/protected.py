"""The model's leases and spending cap, second by second. Nothing of the product."""

from datetime import UTC, datetime

from tests.model.things import PARTS, Periods, Thing


class Refused(Exception):
    """The rules do not allow it now."""


class Protected:
    """The part of the walk that protects its account."""

    now: int
    active: bool
    periods: Periods
    things: dict[str, Thing]
    told: list[tuple[object, ...]]

    def protect(self) -> None:
        """Nothing is set at first."""
        self.cap: int | None = None
        self.month = self._month()
        self.used_in_month = 0
        """Units."""
        self.parts_told: set[int] = set()
        """Parts of the cap, in percent, that need not be told again."""

    # ---- leases

    def leases_over(self) -> list[Thing]:
        things = (self.things[name] for name in sorted(self.things))
        return [thing for thing in things if not thing.gone and thing.lease is not None and thing.lease <= self.now]

    def end_leases(self) -> None:
        for thing in self.leases_over():
            thing.lease = None
            if not thing.comes_back_alone:
                thing.comes_back_alone = True
                thing.wished = thing.rest
                thing.charge(thing.rest if self.active else 0)
                self._tell("lease_ended", thing.name)

    def lease(self, name: str, ends_at: int | None, rest: int | None = None) -> None:
        thing = self._find(name)
        if not thing.is_server or (ends_at is not None and ends_at <= self.now):
            raise Refused
        thing.lease = ends_at
        thing.rest = thing.rest if rest is None else rest
        self._wrote()

    # ---- the cap

    def use_in_month(self, units: int) -> None:
        self.used_in_month += units

    def turn_the_month(self) -> None:
        """A month that begins at this second has seen no use."""
        if self._month() != self.month:
            self.month = self._month()
            self.used_in_month = 0

    def limit(self, cap: int | None) -> None:
        self.cap = cap
        self._wrote()

    def cap_is_used(self) -> bool:
        return self.part_is_used(100)

    def part_is_used(self, percent: int) -> bool:
        return self.cap is not None and self.used_in_month * 100 >= self.cap * PARTS * percent

    def parts_to_tell(self) -> list[int]:
        return [part for part in self.periods.parts if self.part_is_used(part) and part not in self.parts_told]

    def tell_parts(self) -> None:
        parts = self.parts_to_tell()
        self.parts_told |= set(parts)
        self._tell("spending_cap_reached" if 100 in parts else "spending_cap_near", self.used_in_month // PARTS)

    def _month(self) -> tuple[int, int]:
        day = datetime.fromtimestamp(self.now, UTC)
        return day.year, day.month

    # ---- what the rest of the walk does

    def _find(self, name: str) -> Thing:
        raise NotImplementedError

    def _tell(self, topic: str, detail: object = None) -> None:
        raise NotImplementedError

    def _wrote(self) -> None:
        raise NotImplementedError
