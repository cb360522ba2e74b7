"""The account's line: one record from which balance, runway and status follow at any moment. Pure.

docs/rules.md, "The balance is a line":

    balance(t)  = ledger - (unbooked + rate * (t - at)) / 3600
    runs out at = at + max(0, (3600 * ledger - unbooked) // rate)      never, when rate is 0
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from chalicelib.billing.place import GENESIS, Place
from chalicelib.billing.totals import Lapse, Totals
from chalicelib.clock import month_of
from chalicelib.money import to_micros, to_units, units


class Status(StrEnum):
    """Whether the account may use what it pays for."""

    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays. Amounts in the currency's smallest unit (micro-dollars), prices per hour, moments in UTC seconds."""

    account_id: str
    owner_id: str
    at: int
    """The second up to which `unbooked` counts: that of the last write."""
    currency: str | None = None
    """None until chosen; no money can be booked before."""
    verified: bool = False
    """Whether its owner's e-mail address is. Until then it starts nothing."""
    status: Status = Status.ACTIVE
    ledger: int = 0
    """The balance after the last journal entry."""
    unbooked: int = 0
    """Units used and not booked up to `at`, by all meters."""
    totals: Totals = field(default_factory=Totals)
    rental_limit: int = 5
    unclosed_since: int | None = None
    """The earliest second of use that no midnight's close has taken in, or None."""
    armed: frozenset[int] = frozenset()
    """Levels, in days, that have not fired since the balance last lasted longer."""
    fired: Mapping[int, int] = field(default_factory=dict)
    """When each level last fired."""
    suspended_at: int | None = None
    last_top_up_at: int | None = None
    """The last credit since the suspension."""
    last_call_at: int | None = None
    """When the last call was written."""
    money_expected_until: int | None = None
    """Money is on its way and may take until then; kept by payments."""
    leases: Mapping[int, Lapse] = field(default_factory=dict)
    """What ends at each moment at which leases of its rentals end."""
    spending_cap: int | None = None
    """Micro-dollars of use in a calendar month after which it starts nothing more; None where nobody has set one."""
    spent: int = 0
    """Units used from the first second of the month of `at` up to `at`, booked or not."""
    caps_armed: frozenset[int] = frozenset()
    """Parts of the cap, in percent, that its use of this month has not been told to have reached."""
    closed_at: int | None = None
    """When its owner closed it. From then on nothing about it changes any more."""
    sequence: int = 0
    """Number of the last journal entry."""
    last_hash: str = GENESIS
    listed_at: int | None = field(default=None, compare=False)
    """The moment under which the index of what is due has it: what was due next under the numbers of its last write."""
    version: int = 0

    def units_at(self, moment: int) -> int:
        """Units used and not booked, up to the second `moment`."""
        return self.unbooked + units(self.totals.rate, moment - self.at)

    def spent_at(self, moment: int) -> int:
        """Units used in the month of `moment`, up to it: what was used before a month began counts in it no more."""
        month_began, _ = month_of(moment)
        counted = self.spent if month_began <= self.at else 0
        return counted + units(self.totals.rate, moment - max(self.at, month_began))

    def balance_units(self, moment: int) -> int:
        """The exact balance in units."""
        return to_units(self.ledger) - self.units_at(moment)

    def balance(self, moment: int) -> int:
        """The balance in micro-dollars, rounded down."""
        return to_micros(self.balance_units(moment))

    @property
    def overdrawn(self) -> bool:
        """Below zero: only money that was taken back can cause it."""
        return self.balance_units(self.at) < 0

    @property
    def runs_out_at(self) -> int | None:
        """The first second that can not be paid to its end; None when nothing runs."""
        if self.totals.rate == 0:
            return None
        return self.at + max(0, self.balance_units(self.at) // self.totals.rate)

    @property
    def covers_restore(self) -> bool:
        """Whether the balance pays one hour of everything as its owner wishes it."""
        return not self.overdrawn and self.balance_units(self.at) >= to_units(self.totals.restore_need)

    @property
    def restore_missing(self) -> int:
        """Micro-dollars that a suspended account needs to be active again."""
        return max(0, self.totals.restore_need - self.balance(self.at))

    def folded(self, moment: int) -> "Account":
        """The same line, counted up to `moment`."""
        return replace(self, unbooked=self.units_at(moment), spent=self.spent_at(moment), at=moment)

    def next_place(self) -> Place:
        """Where its next journal entry goes. The currency must have been chosen."""
        if self.currency is None:
            raise ValueError(f"{self.account_id} has no currency")
        return Place(self.account_id, self.currency, self.sequence + 1, self.ledger, self.last_hash)
