"""Rentals in DynamoDB: what of the store no contract can tell."""

from chalicelib.adapters.dynamodb.rentals import DynamoRentals
from chalicelib.adapters.dynamodb.transaction import commit
from chalicelib.clock import DAY
from chalicelib.instances.store import Remembered
from tests.adapters.dynamodb.emulated import emulated, items, time_to_live_attribute

NOON = 20_000 * DAY + DAY // 2


def test_an_idempotency_key_expires_after_a_week() -> None:
    with emulated("RentalsTable", "AccountsTable") as connection:
        store = DynamoRentals(connection, "RentalsTable", "AccountsTable")
        commit(connection, [store.remembering("acct_1", "key", Remembered("digest", "rent_1"), NOON)])
        (item,) = items("AccountsTable")
    expires_at = time_to_live_attribute("AccountsTable")
    assert expires_at is not None
    assert item[expires_at] == {"N": str(NOON + 7 * DAY)}
