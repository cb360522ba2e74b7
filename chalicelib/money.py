"""Amounts, assets and prices: the only arithmetic on money. Integers throughout.

docs/rules.md, "The balance is a line". Amounts of the account currency are whole micro-dollars. A price is
micro-dollars per hour. Usage is counted in units of price x seconds, 3600 of which are one micro-dollar, so that
usage is exact and only a posting rounds.
"""

import re
from typing import NamedTuple

from chalicelib.errors import Invalid

UNITS_PER_MICRO = 3600
MICROS_PER_DOLLAR = 10**6
MAX_MICROS = 10**15
"""A billion dollars: no single amount that we accept is larger."""

_DECIMAL = r"(?P<sign>-?)(?P<whole>[0-9]{1,12})(?:\.(?P<part>[0-9]{1,18}))?"


class Asset(NamedTuple):
    """What is counted: `scale` is the number of decimals of its smallest whole unit."""

    code: str
    scale: int

    def parse(self, text: str, *, field: str | None = None) -> int:
        """Whole smallest units of a decimal string.

        Raises Invalid for anything but digits with at most `scale` decimals: nothing is rounded on the way in.
        """
        match = re.fullmatch(_DECIMAL, text)
        if match is None:
            raise Invalid('An amount is a decimal string such as "25.00".', code="invalid_amount", field=field)
        part = match["part"] or ""
        if len(part) > self.scale:
            message = f"An amount of {self.code} has at most {self.scale} decimals."
            raise Invalid(message, code="too_many_decimals", field=field)
        amount = int(match["whole"] + part.ljust(self.scale, "0"))
        return -amount if match["sign"] else amount

    def show(self, amount: int) -> str:
        """The decimal string with all its decimals: 1500000 of USD is 1.500000."""
        whole, part = divmod(abs(amount), 10**self.scale)
        return f"{'-' if amount < 0 else ''}{whole}.{part:0{self.scale}d}"


USD = Asset("USD", 6)
ASSETS = {USD.code: USD}
"""Assets that an account can be kept in, by code."""


def units(price_per_hour: int, seconds: int) -> int:
    """Usage of `seconds` at a price in micro-dollars per hour, in units."""
    return price_per_hour * seconds


def to_units(micros: int) -> int:
    """An amount in micro-dollars, in units."""
    return micros * UNITS_PER_MICRO


def to_micros(amount_units: int) -> int:
    """Units rounded down to whole micro-dollars; below zero, down means away from zero."""
    return amount_units // UNITS_PER_MICRO


def show_dollars(micros: int) -> str:
    """$1,234.50: at least two decimals, and only as many more as the amount has. For people, not for programs."""
    whole, part = divmod(abs(micros), MICROS_PER_DOLLAR)
    decimals = f"{part:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}${whole:,}.{decimals}"
