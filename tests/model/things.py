"""What the model's walk is made of: periods, and a thing that is charged for. Nothing of the product."""

from dataclasses import dataclass, field

SECONDS_OF_A_DAY = 86_400
PARTS = 3_600
"""Units in a micro-dollar."""


@dataclass(frozen=True)
class Periods:
    """The periods of the rules, in seconds."""

    levels: tuple[int, ...] = (7, 5, 1)
    pause: int = 24 * 3600
    grace: int = 7 * 24 * 3600
    lead: int = 24 * 3600
    wait: int = 24 * 3600
    longest: int = 30 * 24 * 3600
    parts: tuple[int, ...] = (80, 100)
    """Of the cap, in percent."""


@dataclass
class Thing:
    """A server or a service."""

    name: str
    is_server: bool
    full: int
    wished: int
    comes_back_alone: bool
    price: int = 0
    used: int = 0
    """Units of its whole life."""
    paid: int = 0
    """Micro-dollars of all its deductions."""
    stretches: list[list[int]] = field(default_factory=list)
    """From, to, price: what no deduction has taken."""
    price_is_new: bool = True
    gone: bool = False
    lease: int | None = None
    """The second at which it is stopped by itself."""
    rest: int = 0
    """Its price from then on."""

    def charge(self, price: int) -> None:
        """Another price from the next second on."""
        if price != self.price:
            self.price = price
            self.price_is_new = True

    def live(self, now: int, seconds: int) -> None:
        """Use some seconds, the first of which is `now`."""
        if self.price == 0:
            return
        self.used += self.price * seconds
        if self.price_is_new or not self.stretches:
            self.stretches.append([now, now, self.price])
            self.price_is_new = False
        self.stretches[-1][1] += seconds
