"""The numbers of the rules in docs/rules.md that an operator may change."""

from dataclasses import dataclass

from chalicelib.clock import DAY


@dataclass(frozen=True, slots=True)
class Policy:
    """Every period is in seconds. The rules that use them: docs/rules.md, "When the balance runs low"."""

    notice_days: tuple[int, ...] = (7, 5, 1)
    notice_pause_seconds: int = DAY
    """A level that fired does not fire again before this has passed."""
    grace_seconds: int = 7 * DAY
    """From the suspension, or the last top-up since, to the end of what is halted."""
    last_call_lead_seconds: int = DAY
    """How long before the end the last call is due, and at least how long after it the end comes."""
    money_wait_seconds: int = DAY
    """How much longer the end waits at most for money that is on its way."""
    longest_grace_seconds: int = 30 * DAY
    """After this the end waits for nothing but its last call."""
    cap_percents: tuple[int, ...] = (80, 100)
    """Parts of a monthly spending cap that are told when they are reached. At the whole nothing more is started."""
    rental_limit: int = 5
    """Live rentals of a new account; an account keeps its own limit."""
    service_limit: int = 20
    meters_in_one_close: int = 49
    """A transaction has at most 100 items: the account, and two for each meter."""

    def __post_init__(self) -> None:
        if min(self.grace_seconds, self.longest_grace_seconds) < DAY:
            raise ValueError("grace_seconds and longest_grace_seconds are at least a day: the last use is booked first")
        if not 1 <= self.meters_in_one_close <= 49:
            raise ValueError("meters_in_one_close must be between 1 and 49: a transaction has at most 100 items")
        if self.rental_limit > self.largest_rental_limit:
            raise ValueError("rental_limit and service_limit exceed 49 together: a suspension is one transaction")

    @property
    def largest_rental_limit(self) -> int:
        """What an account can be given: a suspension writes a meter and a message for each rental and service."""
        return 49 - self.service_limit
