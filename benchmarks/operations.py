"""The operations that are counted: what each sends, told by `Traffic`. The tests hold the same counts."""

from benchmarks.shop import NOON, PUBLIC_KEY, Shop
from benchmarks.traffic import Traffic
from chalicelib.billing.store import DUE_SHARDS
from chalicelib.clock import DAY

OFFER = "off_g4dn-xlarge_us-east-1"
SWEEP_QUERIES = DUE_SHARDS
"""One for each shard of the index, however many accounts there are."""


def balance(shop: Shop, rentals: int) -> Traffic:
    """Reading the balance over HTTP, with so many rentals running."""
    account_id = shop.account()
    shop.run_meters(account_id, rentals)
    token = shop.token(account_id)
    with shop.recorder.counting() as traffic:
        shop.call("GET", "/api/v1/balance", token)
    return traffic


def rent(shop: Shop, running: int) -> Traffic:
    """Renting over HTTP, with an idempotency key, while so many rentals run."""
    account_id = shop.account()
    shop.run_meters(account_id, running)
    token = shop.token(account_id)
    shop.call("POST", "/api/v1/keys", token, {"name": "laptop", "public_key": PUBLIC_KEY})
    body = {"name": "another-one", "offer_id": OFFER}
    with shop.recorder.counting() as traffic:
        shop.call("POST", "/api/v1/rentals", token, body, **{"idempotency-key": "benchmark"})
    return traffic


def close(shop: Shop, meters: int) -> Traffic:
    """A worker's settling of an account at midnight, after a day in which so many meters ran."""
    account_id = shop.account("100000.00")
    shop.run_meters(account_id, meters)
    shop.until_midnight()
    with shop.recorder.counting() as traffic:
        settled = shop.services.books.settle(account_id)
    assert len(settled.steps) == 1, settled.steps
    return traffic


def sweep(shop: Shop) -> Traffic:
    """One run of the sweep."""
    with shop.recorder.counting() as traffic:
        shop.services.sweep.run()
    return traffic


def fill(shop: Shop, accounts: int, *, due: bool) -> None:
    """Accounts for the sweep: all due now; or every second one due tomorrow, the others at rest."""
    if due:
        shop.lines(accounts, NOON - DAY)
        return
    shop.lines(accounts // 2, None)
    shop.lines(accounts - accounts // 2, shop.now + DAY)
