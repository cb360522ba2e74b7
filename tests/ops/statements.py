"""A small statement, made by the same functions as the API's."""

from dataclasses import replace

from chalicelib.billing.account import Account
from chalicelib.billing.adjustments import book_adjustment
from chalicelib.billing.change import Draft
from chalicelib.billing.place import GENESIS
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import Adjustment
from chalicelib.ids import Ids
from chalicelib.money import USD


def two_entries() -> dict[str, object]:
    """Ten dollars in, two and a half back."""
    account = Account("acct_00000000000000000000", "user_00000000000000000000", at=1_800_000_000, currency="USD")
    entries = []
    for reference, amount in (("first", "10"), ("second", "-2.5")):
        draft = Draft(account, account.at + 60, Policy(), Ids(), account.at + 61)
        adjustment = Adjustment(account.account_id, reference, USD.parse(amount), "Test", draft.moment)
        entry = book_adjustment(draft, adjustment)
        account = replace(draft.done().after)
        entries.append(entry.body() | {"hash": entry.hash, "recorded_at": "2027-01-15T08:01:01Z"})
    return {
        "opening_balance": "0.000000",
        "opening_hash": GENESIS,
        "closing_balance": USD.show(account.ledger),
        "closing_hash": account.last_hash,
        "entries": entries,
    }
