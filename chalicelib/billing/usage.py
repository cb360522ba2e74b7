"""What is measured, and use at one price. Pure; docs/rules.md, "Deductions".

Apart from meters, because the API declares these in its shapes, whether it looks at meters or not.
"""

from enum import StrEnum
from typing import NamedTuple

from chalicelib.money import units


class Kind(StrEnum):
    """What a meter measures."""

    RENTAL = "rental"
    SERVICE = "service"


class UsageLine(NamedTuple):
    """Use at one price: from the second `start` up to, and without, the second `end`."""

    start: int
    end: int
    price_per_hour: int

    @property
    def seconds(self) -> int:
        return self.end - self.start

    @property
    def units(self) -> int:
        return units(self.price_per_hour, self.seconds)
