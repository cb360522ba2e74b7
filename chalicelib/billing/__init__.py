"""The books: ledger, the account's line, meters, what time makes due, and what is done when money runs low."""
