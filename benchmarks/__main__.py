"""`make bench`: measures and counts everything, and prints one table. Takes minutes, and wants a machine for itself."""

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks import operations
from benchmarks.closing import closing_speed
from benchmarks.cold_start import Start, cold_starts
from benchmarks.report import Row, at_least, at_most, counted, table
from benchmarks.shop import Shop
from benchmarks.stands import on_ministack
from chalicelib.accounts.tokens import hash_of
from chalicelib.clock import wall_clock
from ops.package import unpacked
from ops.package_python import runtime_python

FIRST_REQUEST_GOAL = 1.3
CLOSE_GOAL = 0.9
SWEPT = (1_000, 100_000)
DUE = 1_000


def main() -> int:
    """The command's entry. Answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rentals", type=int, default=10_000, help="how many are closed")
    parser.add_argument("--starts", type=int, default=21, help="how many processes of each kind are started")
    wanted = parser.parse_args()
    # The product's own lines would stand between those of the table.
    logging.disable(logging.INFO)
    parts: list[Callable[[Shop], Iterator[Row]]] = [
        partial(_first_request, times=wanted.starts),
        _counts,
        *(partial(_idle_sweep, accounts=accounts) for accounts in SWEPT),
        _due_sweep,
        partial(_closing, rentals=wanted.rentals),
    ]
    for line in table(row for part in parts for row in _on_fresh_tables(part)):
        print(line, flush=True)
    return 0


def _on_fresh_tables(part: Callable[[Shop], Iterator[Row]]) -> list[Row]:
    with tempfile.TemporaryDirectory() as directory, on_ministack(Path(directory)) as shop:
        return list(part(shop))


def _first_request(shop: Shop, times: int) -> Iterator[Row]:
    # The probes read the wall clock, and the first use in an hour is one request more.
    shop.now = wall_clock()
    token = shop.token(shop.account())
    starts = cold_starts(runtime_python(), unpacked(), shop.variables, token, f"token#{hash_of(token)}", times)
    more = f"{_said(starts.ours)} against {_said(starts.bare)}"
    yield at_most("API: import and first request, CPU time by a bare app's", starts.ratio, FIRST_REQUEST_GOAL, more)


def _said(starts: Sequence[Start]) -> str:
    imported, first = (
        median(times) // 1000
        for times in zip(*((start.import_micros, start.first_request_micros) for start in starts), strict=True)
    )
    return f"{imported:g} + {first:g} ms"


def _counts(shop: Shop) -> Iterator[Row]:
    for rentals in (1, 20):
        traffic = operations.balance(shop, rentals)
        met = traffic.requests == {"GetItem": 2}
        yield counted(f"balance, {rentals} running", traffic, "1 read beside the token's", met=met)
    yield counted("rent, 4 running", operations.rent(shop, 4))
    for meters in (1, 2, 5, 25):
        traffic, items = operations.close(shop, meters), 1 + 2 * meters
        yield counted(f"close, {meters} used", traffic, f"{items} items", met=traffic.items_written == items)


def _idle_sweep(shop: Shop, accounts: int) -> Iterator[Row]:
    operations.fill(shop, accounts, due=False)
    traffic = operations.sweep(shop)
    met = traffic.requests == {"Query": operations.SWEEP_QUERIES}
    yield counted(f"sweep, nothing due among {accounts:,}", traffic, f"{operations.SWEEP_QUERIES} queries", met=met)


def _due_sweep(shop: Shop) -> Iterator[Row]:
    operations.fill(shop, DUE, due=True)
    yield counted(f"sweep, {DUE:,} due", operations.sweep(shop))


def _closing(shop: Shop, rentals: int) -> Iterator[Row]:
    speed = closing_speed(shop, rentals)
    what = f"closing {speed.rentals:,} rentals by the speed of the store's calls alone"
    yield at_least(what, speed.ratio, CLOSE_GOAL, f"{speed.books_per_second} a second, one worker")
    yield Row("the same in CPU time, without the engine's", "", f"{speed.cpu_ratio:.2f}", None)


if __name__ == "__main__":
    sys.exit(main())
