"""What each operation costs in requests, items and capacity: the counts that `make bench` prints can not drift.

Capacity follows from the sizes of items: whoever adds a field that costs a unit more says so here.
"""

import pytest

from benchmarks import operations
from benchmarks.shop import Shop


@pytest.mark.parametrize("rentals", [0, 1, 20])
def test_the_balance_is_one_read_beside_the_tokens_whatever_is_rented(shop: Shop, rentals: int) -> None:
    traffic = operations.balance(shop, rentals)
    assert traffic.requests == {"GetItem": 2}
    assert (traffic.read_units, traffic.items_written) == ("2", 0)


@pytest.mark.parametrize("running", [0, 4])
def test_renting_writes_account_rental_meter_and_key_in_one_transaction(shop: Shop, running: int) -> None:
    traffic = operations.rent(shop, running)
    assert traffic.requests == {"GetItem": 4, "Query": 2, "TransactWriteItems": 1, "SendMessageBatch": 1}
    assert (traffic.read_units, traffic.items_written, traffic.write_units) == ("6", 4, 9)


@pytest.mark.parametrize(("meters", "items", "write_units"), [(1, 3, 8), (2, 5, 12), (5, 11, 24), (25, 51, 104)])
def test_a_close_writes_three_items_for_one_meter_and_two_more_for_each_further_one(
    shop: Shop, meters: int, items: int, write_units: int
) -> None:
    traffic = operations.close(shop, meters)
    assert traffic.requests == {"GetItem": 1, "Query": 1, "TransactWriteItems": 1}
    assert (traffic.items_written, traffic.write_units) == (items, write_units)


def test_a_sweep_that_finds_nothing_costs_the_same_for_twice_the_accounts(shop: Shop) -> None:
    counts = []
    for _ in range(2):
        operations.fill(shop, 1000, due=False)
        counts.append(operations.sweep(shop))
    assert counts[0] == counts[1]
    assert (counts[0].requests, counts[0].read_units) == ({"Query": operations.SWEEP_QUERIES}, "4")


def test_a_sweep_sends_ten_due_accounts_in_one_request(shop: Shop) -> None:
    operations.fill(shop, 100, due=True)
    traffic = operations.sweep(shop)
    assert traffic.requests == {"Query": operations.SWEEP_QUERIES, "SendMessageBatch": 10}
    assert (traffic.read_units, traffic.items_written) == ("4", 0)
