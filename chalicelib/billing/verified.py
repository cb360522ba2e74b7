"""What a proven mailbox guards. docs/rules.md, "Accounts"."""

from chalicelib.accounts.verified import not_verified
from chalicelib.billing.account import Account


def check_verified(account: Account) -> None:
    """Refuse unless its owner has proven their mailbox. What this guards asks it before anything else."""
    if not account.verified:
        raise not_verified()
