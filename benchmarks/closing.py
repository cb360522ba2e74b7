"""Closing a day: the books, beside a loop that makes the same store calls and decides nothing."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.shop import Shop
from chalicelib.billing.account import Account
from chalicelib.billing.change import Change
from chalicelib.billing.meters import Meter
from chalicelib.billing.settle import Settlement

RENTALS_OF_AN_ACCOUNT = 5
BLOCK = 50
"""Accounts that one side closes before it is the other's turn, so that a busy machine slows both."""


@dataclass(slots=True)
class Speed:
    """How long both took to close as many rentals, in nanoseconds; and of that, what this process itself computed."""

    rentals: int = 0
    books_nanos: int = 0
    floor_nanos: int = 0
    books_cpu_nanos: int = 0
    floor_cpu_nanos: int = 0

    @property
    def ratio(self) -> float:
        """The speed of the books as a part of the store's own."""
        return self.floor_nanos / self.books_nanos

    @property
    def cpu_ratio(self) -> float:
        """The same without the time that the engine takes, whatever engine it is."""
        return self.floor_cpu_nanos / self.books_cpu_nanos

    @property
    def books_per_second(self) -> int:
        """Rentals that the books close in a second, one worker alone."""
        return self.rentals * 10**9 // self.books_nanos


class Day:
    """Accounts after a day in which five rentals ran on each: pairs of blocks of equal ones, waiting to be closed."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        account_id = shop.account("100000.00")
        shop.run_meters(account_id, RENTALS_OF_AN_ACCOUNT)
        self._line = shop.services.books_store.account(account_id)
        self._meters = shop.services.books_store.meters(account_id)
        shop.until_midnight()

    def accounts(self, count: int) -> list[str]:
        """Ids of so many new accounts, all equal."""
        return self.shop.copies(self._line.account_id, count)

    def ready_made(self, account_id: str) -> Change:
        """The change that closes an account, as the books would decide it."""
        services = self.shop.services
        settlement = Settlement(services.config.policy, services.ids)
        account: Account = replace(self._line, account_id=account_id)
        meters: tuple[Meter, ...] = tuple(replace(meter, account_id=account_id) for meter in self._meters)
        due = settlement.due(account, self.shop.now)
        assert due is not None
        return settlement.step(due, account, meters, self.shop.now)

    def by_books(self, account_ids: Sequence[str]) -> None:
        """Close accounts as the workers do."""
        for account_id in account_ids:
            assert self.shop.services.books.settle(account_id).steps

    def by_store(self, changes: Sequence[Change]) -> None:
        """The same calls of the store and nothing else."""
        store = self.shop.services.books_store
        for change in changes:
            store.account(change.before.account_id)
            store.meters(change.before.account_id)
            store.commit(change, ())


def closing_speed(shop: Shop, rentals: int) -> Speed:
    """Close so many rentals by the books, and as many by the floor, block by block."""
    day, speed = Day(shop), Speed()
    while speed.rentals < rentals:
        account_ids = day.accounts(BLOCK)
        changes = [day.ready_made(account_id) for account_id in day.accounts(BLOCK)]
        began = _clocks()
        day.by_books(account_ids)
        between = _clocks()
        day.by_store(changes)
        ended = _clocks()
        speed.books_nanos += between[0] - began[0]
        speed.books_cpu_nanos += between[1] - began[1]
        speed.floor_nanos += ended[0] - between[0]
        speed.floor_cpu_nanos += ended[1] - between[1]
        speed.rentals += BLOCK * RENTALS_OF_AN_ACCOUNT
    return speed


def _clocks() -> tuple[int, int]:
    return time.perf_counter_ns(), time.process_time_ns()
