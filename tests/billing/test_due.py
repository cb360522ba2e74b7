"""What is due next, and the sweep that finds it: every moment at which time alone does something, and no other."""

from collections.abc import Iterator
from typing import cast

import pytest

from chalicelib.billing.store import DUE_SHARDS, BooksStore
from chalicelib.billing.sweep import Sweep, Swept
from chalicelib.clock import DAY, HOUR
from tests.billing.desk import ACCOUNT, DOLLAR, NOON, Desk
from tests.instances.yard import Basket


def hours_at_which_something_is_due(desk: Desk) -> list[int]:
    """Each moment under which the index has the account, one after the other, in hours since noon."""
    hours = []
    while (due_at := desk.store.due_at(ACCOUNT)) is not None:
        hours.append((due_at - NOON) // HOUR)
        desk.until(due_at)
        desk.sweep()
    return hours


def test_a_whole_life_is_listed_moment_by_moment() -> None:
    """Two days of money: closes, the notice of the last day, running out, the last close, last call, end."""
    desk = Desk()
    desk.credit("48.00")
    desk.rent("train", DOLLAR)
    run_out = 48
    assert hours_at_which_something_is_due(desk) == [12, 24, 36, run_out, 60, run_out + 6 * 24, run_out + 7 * 24]


def test_a_notice_is_listed_at_its_second_though_midnight_is_later() -> None:
    desk = Desk()
    desk.credit(f"{7 * 24 + 2}.00")
    desk.rent("train", DOLLAR)
    assert desk.store.due_at(ACCOUNT) == NOON + 2 * HOUR


def test_a_notice_that_fired_less_than_a_day_ago_is_listed_when_it_may_fire_again() -> None:
    desk = Desk()
    desk.credit(f"{7 * 24}.00")
    desk.rent("train", DOLLAR)
    desk.wait(hours=13)
    desk.credit("14.00")
    assert desk.store.due_at(ACCOUNT) == NOON + DAY


def test_with_nothing_used_nothing_is_listed() -> None:
    desk = Desk()
    desk.credit("1.00")
    desk.rent("queued", DOLLAR, seen_running=False)
    assert desk.store.due_at(ACCOUNT) is None


class Listed:
    """The index of what is due, with these accounts in it."""

    def __init__(self, due_at: dict[str, int]) -> None:
        self.due_at = due_at
        self.asked: list[int] = []

    def due(self, shard: int, now: int) -> Iterator[tuple[str, int]]:
        self.asked.append(shard)
        mine = list(self.due_at.items())[shard::DUE_SHARDS]
        return iter([(account_id, due_at) for account_id, due_at in mine if due_at <= now])


@pytest.mark.parametrize(
    ("due_at", "swept"),
    [
        ({}, Swept(0, 0)),
        ({"acct_1": NOON + 1}, Swept(0, 0)),
        ({"acct_1": NOON}, Swept(1, 0)),
        ({f"acct_{number}": NOON - number for number in range(20)}, Swept(20, 19)),
        ({"acct_1": NOON - 5, "acct_2": NOON - 3600, "acct_3": NOON + 9}, Swept(2, 3600)),
    ],
)
def test_a_sweep_hands_over_every_due_account_and_says_how_long_the_oldest_has_waited(
    due_at: dict[str, int], swept: Swept
) -> None:
    store, queue = Listed(due_at), Basket()
    assert Sweep(cast(BooksStore, store), queue, lambda: NOON).run() == swept
    handed = sorted(str(hint["account_id"]) for hint in queue.hints)
    assert handed == sorted(account_id for account_id, moment in due_at.items() if moment <= NOON)
    assert store.asked == list(range(DUE_SHARDS)), "one query for each shard, and nothing else"
