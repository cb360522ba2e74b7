"""Explaining a balance: the ledger, every open meter in exact units, and one rounding line, which add up."""

from dataclasses import dataclass

from chalicelib.billing.account import Account
from chalicelib.billing.dunning import next_step
from chalicelib.billing.meters import Meter, leases_of
from chalicelib.billing.policy import Policy
from chalicelib.billing.settle import Settlement
from chalicelib.billing.store import BooksStore
from chalicelib.billing.usage import UsageLine
from chalicelib.clock import Clock
from chalicelib.errors import Unavailable
from chalicelib.ids import Ids
from chalicelib.money import UNITS_PER_MICRO, to_units

_READS = 8


@dataclass(frozen=True, slots=True)
class OpenMeter:
    """What one meter has used and nobody has booked yet."""

    meter: Meter
    units: int
    lines: tuple[UsageLine, ...]
    carried_units: int
    """The part of a micro-dollar that its last entry left."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """balance = ledger - (units of the meters + rounding_units) / 3600, exactly."""

    account: Account
    as_of: int
    balance: int
    ledger: int
    meters: tuple[OpenMeter, ...]
    rounding_units: int


def explain(account: Account, meters: tuple[Meter, ...], now: int) -> Explanation:
    """Explain a settled account at `now`."""
    opened = tuple(_open(meter, now) for meter in sorted(meters, key=lambda meter: meter.meter_id))
    exact = to_units(account.ledger) - sum(meter.units for meter in opened)
    balance = exact // UNITS_PER_MICRO
    rounding = exact - to_units(balance)
    return Explanation(account, now, balance, account.ledger, opened, rounding)


def _open(meter: Meter, now: int) -> OpenMeter:
    lines = meter.lines_at(now)
    total = meter.units_at(now)
    return OpenMeter(meter, total, lines, total - sum(line.units for line in lines))


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads an account with its meters as `settle` would leave them, writing nothing."""

    store: BooksStore
    clock: Clock
    ids: Ids
    policy: Policy

    def explain(self, account_id: str) -> Explanation:
        """Two reads. Raises NotFound, and Unavailable while writers keep coming between them."""
        account, meters, now = self.settled(account_id)
        return explain(account, meters, now)

    def settled(self, account_id: str) -> tuple[Account, tuple[Meter, ...], int]:
        """The account, its meters, and the moment at which they are so."""
        for _ in range(_READS):
            account = self.store.account(account_id)
            meters = self.store.meters(account_id)
            if _agree(account, meters):
                return self._settled(account, meters)
        raise Unavailable("The account is changing. Try again in a moment.")

    def _settled(self, account: Account, meters: tuple[Meter, ...]) -> tuple[Account, tuple[Meter, ...], int]:
        now = max(self.clock(), account.at)
        settlement = Settlement(self.policy, self.ids)
        while due := next_step(account, now, self.policy):
            change = settlement.step(due, account, meters, now)
            account, meters = change.after, change.meters_after(meters)
        return account, meters, now


def _agree(account: Account, meters: tuple[Meter, ...]) -> bool:
    """Whether two reads saw the same version: the account's totals, leases and units are the sums of its meters'."""
    total = sum((meter.totals for meter in meters), start=account.totals - account.totals)
    same = total == account.totals and leases_of(meters) == account.leases
    return same and sum(meter.units_at(account.at) for meter in meters) == account.unbooked
