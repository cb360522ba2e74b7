"""The chart of ledger accounts and the kinds of journal entries. docs/rules.md, "The books"."""

from enum import StrEnum

from chalicelib.billing.usage import Kind

CARD_CLEARING = "platform:card-clearing"
CONVERSION = "platform:conversion"
DISPUTE_HOLDS = "platform:dispute-holds"
ADJUSTMENTS = "platform:adjustments"
FORFEITED = "platform:forfeited"
"""Balances that were given up when their accounts were closed."""


class EntryKind(StrEnum):
    """What a journal entry is about."""

    TOP_UP = "top_up"
    CONVERSION = "conversion"
    USAGE = "usage"
    REFUND = "refund"
    DISPUTE = "dispute"
    ADJUSTMENT = "adjustment"
    REVERSAL = "reversal"


def prepaid(account_id: str) -> str:
    """The customer's prepaid balance: the only ledger account with a row of its own."""
    return f"customer:{account_id}:prepaid"


def wallet(asset_code: str) -> str:
    """What the platform holds on chain of one asset."""
    return f"platform:wallet:{asset_code}"


def revenue(kind: Kind) -> str:
    """Revenue by kind of service."""
    return f"platform:revenue:{kind}"
