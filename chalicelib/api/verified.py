"""What takes a proven mailbox, asked before anything else of a request is looked at."""

from chalicelib.billing.verified import check_verified
from chalicelib.bootstrap import services


def require_verified(account_id: str) -> None:
    """Raises Forbidden with email_not_verified. One read."""
    check_verified(services().lines.account(account_id))
