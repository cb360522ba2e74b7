"""What is supposed, and how an account would stand then: values that the API shows. See what_if.py."""

from typing import NamedTuple

from chalicelib.billing.account import Status
from chalicelib.errors import Failure


class Added(NamedTuple):
    """What is rented in addition: its prices, and after how many seconds a lease would stop it, if any."""

    running_price: int
    stopped_price: int = 0
    lease_seconds: int | None = None


class Supposed(NamedTuple):
    """How the account would stand. Amounts in micro-dollars."""

    balance: int
    """With the top-up."""
    rate_per_hour: int
    """What would be charged with everything as its owner wishes it, and with what is added."""
    status: Status
    runs_out_at: int | None
    """None where it would last for ever, or where the account would still be suspended."""
    refusal: Failure | None
    """Why what is added could not be rented even then."""
    missing: int
    """What more it would take to be active and to rent it."""
    as_of: int
