"""Meters: a price per hour that runs from a second to a second. Pure; docs/rules.md, "Deductions"."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from chalicelib.billing.totals import Lapse, Totals
from chalicelib.billing.usage import Kind, UsageLine
from chalicelib.money import UNITS_PER_MICRO, units


@dataclass(frozen=True, slots=True)
class Meter:
    """Billing's own record of a rental or service. Its id is the id of what it measures."""

    meter_id: str
    account_id: str
    kind: Kind
    name: str
    """What its owner calls it."""
    code: str
    """What was taken: the server type, or the service's code in the catalogue."""
    full_price: int
    """Micro-dollars per hour while in full use; what admission counts."""
    wished_price: int
    """What is charged when it is as its owner wishes."""
    resumes: bool
    """Whether a restore starts it by itself. A server wished running must first be seen running."""
    price: int = 0
    """What runs now; 0 when nothing does."""
    since: int = 0
    """The second from which `price` runs, or since which nothing has."""
    units: int = 0
    """Units of `lines`, and the rest below a micro-dollar that the last entry left."""
    lines: tuple[UsageLine, ...] = ()
    """Finished lines since its last entry, oldest first."""
    booked: int = 0
    """Micro-dollars of all its entries so far."""
    started_at: int = 0
    ended_at: int | None = None
    lease_ends_at: int | None = None
    """The second from which it is as if its owner had asked to stop it; None where nobody has set one."""
    lease_price: int = 0
    """What runs from then on: the price of its disk, once it has one."""
    version: int = 0

    @property
    def live(self) -> bool:
        return self.ended_at is None

    def units_at(self, moment: int) -> int:
        """Units used and not booked, up to the second `moment`."""
        return self.units + units(self.price, moment - self.since)

    def lines_at(self, moment: int) -> tuple[UsageLine, ...]:
        """All lines since the last entry, the running one ended at `moment`."""
        if self.price == 0 or moment <= self.since:
            return self.lines
        return (*self.lines, UsageLine(self.since, moment, self.price))

    def at_price(self, price: int, moment: int) -> "Meter":
        """The same meter running at another price from `moment` on; 0 stops it."""
        if price == self.price:
            return self
        return replace(
            self, price=price, since=moment, units=self.units_at(moment), lines=self.lines_at(moment)
        )

    def ended(self, moment: int) -> "Meter | None":
        """The meter after its end for good: None when nothing is left to book."""
        stopped = replace(self.at_price(0, moment), lease_ends_at=None, lease_price=0)
        return replace(stopped, ended_at=moment) if stopped.lines else None

    def lapsed(self, moment: int, *, charged: bool) -> "Meter":
        """The meter after the end of its lease. What its owner had stopped by then stays as it is."""
        free = replace(self, lease_ends_at=None, lease_price=0)
        if self.resumes:
            return free
        return replace(
            free.at_price(self.lease_price if charged else 0, moment), wished_price=self.lease_price, resumes=True
        )

    @property
    def lapse(self) -> Lapse:
        """What the end of its lease moves on its account."""
        if self.resumes:
            return Lapse(meters=1)
        return Lapse(meters=1, running=self.price, wished=self.wished_price, stopped=self.lease_price)

    def booked_at(self, midnight: int) -> "tuple[Meter | None, Deduction]":
        """Divide its use up to `midnight` into whole micro-dollars, which are booked, and the rest, which stays.

        An ended meter drops its rest and is gone.
        """
        lines = self.lines_at(midnight)
        amount, rest = divmod(self.units_at(midnight), UNITS_PER_MICRO)
        deduction = Deduction(amount, lines)
        if not self.live:
            return None, deduction
        booked = self.booked + amount
        return replace(self, since=max(self.since, midnight), units=rest, lines=(), booked=booked), deduction

    def used_before(self, midnight: int) -> bool:
        """Whether there is use before `midnight` that no entry has."""
        return bool(self.lines_at(midnight))

    @property
    def totals(self) -> Totals:
        """Its part of the account's totals."""
        if not self.live:
            return Totals(ended_rest=self.units % UNITS_PER_MICRO)
        rental = self.kind is Kind.RENTAL
        return Totals(
            rate=self.price,
            hourly_need=self.full_price,
            restore_need=self.wished_price,
            resume_rate=self.wished_price if self.resumes else 0,
            live_rentals=int(rental),
            active_services=int(not rental),
        )


def leases_of(meters: Iterable[Meter]) -> dict[int, Lapse]:
    """What ends at each moment at which leases of these meters end: what their account carries."""
    found: dict[int, Lapse] = {}
    for meter in meters:
        if meter.lease_ends_at is not None:
            found[meter.lease_ends_at] = found.get(meter.lease_ends_at, Lapse()) + meter.lapse
    return found


class Deduction(NamedTuple):
    """What one close takes for one meter: whole micro-dollars, and the lines that explain them."""

    amount: int
    lines: tuple[UsageLine, ...]

    @property
    def seconds(self) -> int:
        return sum(line.seconds for line in self.lines)
