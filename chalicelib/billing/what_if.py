"""What would be: how long the balance would last with something more running, or after a top-up. Pure.

docs/rules.md, "Settings that protect". Told from the account's record alone; nothing is written.
"""

from dataclasses import dataclass, replace

from chalicelib.billing.account import Account, Status
from chalicelib.billing.admission import check, check_limit
from chalicelib.billing.outlook import preview
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import BooksStore
from chalicelib.billing.supposed import Added, Supposed
from chalicelib.billing.verified import check_verified
from chalicelib.clock import Clock
from chalicelib.errors import Failure


@dataclass(frozen=True, slots=True)
class Suppositions:
    """Use case of whoever asks beforehand."""

    store: BooksStore
    clock: Clock
    policy: Policy

    def what_if(self, account_id: str, added: Added | None, top_up: int) -> Supposed:
        """How an account would stand. One read."""
        return what_if(self.store.account(account_id), self.clock(), self.policy, added, top_up)


def what_if(account: Account, now: int, policy: Policy, added: Added | None, top_up: int) -> Supposed:
    """Suppose a top-up of so many micro-dollars at `now`, and then something that is rented and runs at once."""
    settled = preview(account, max(now, account.at), policy)
    supposed = preview(replace(settled, ledger=settled.ledger + top_up), settled.at, policy)
    price = 0 if added is None else added.running_price
    rate = supposed.totals.restore_need + price
    return Supposed(
        balance=supposed.balance(supposed.at),
        rate_per_hour=rate,
        status=supposed.status,
        runs_out_at=_runs_out_at(supposed, rate, _drops(supposed, added)),
        refusal=None if added is None else _refusal(supposed, price),
        missing=_missing(supposed, None if added is None else price),
        as_of=supposed.at,
    )


def _drops(account: Account, added: Added | None) -> list[tuple[int, int]]:
    """Moments at which leases end, and by how much the rate is lower from then on; the earliest first."""
    drops = [(ends_at, lapse.wished - lapse.stopped) for ends_at, lapse in account.leases.items()]
    if added is not None and added.lease_seconds is not None:
        drops.append((account.at + added.lease_seconds, added.running_price - added.stopped_price))
    return sorted(drops)


def _runs_out_at(account: Account, rate: int, drops: list[tuple[int, int]]) -> int | None:
    if account.status is Status.SUSPENDED:
        return None
    at, left = account.at, account.balance_units(account.at)
    for ends_at, drop in drops:
        if left < rate * (ends_at - at):
            break
        at, left, rate = ends_at, left - rate * (ends_at - at), rate - drop
    return at + max(0, left // rate) if rate else None


def _refusal(account: Account, added_price: int) -> Failure | None:
    try:
        check_verified(account)
        check_limit(account)
        check(account, added_price)
    except Failure as failure:
        return failure
    return None


def _missing(account: Account, added_price: int | None) -> int:
    to_restore = account.restore_missing if account.status is Status.SUSPENDED else 0
    if added_price is None:
        return to_restore
    return max(to_restore, account.totals.hourly_need + added_price - account.balance(account.at), 0)
