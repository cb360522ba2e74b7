"""What a decision about a rental is told from, and what it comes to. Values only."""

from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.instances.provider import Server
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import FINISHED, Status, Wish

NOT_STARTED_REASON = "The provider did not start this server."


class Call(StrEnum):
    """What to ask of the provider."""

    LAUNCH = "launch"
    START = "start"
    STOP = "stop"
    FORCE_STOP = "force_stop"
    REBOOT = "reboot"
    TERMINATE = "terminate"
    OPEN_ACCESS = "open_access"
    CLOSE_ACCESS = "close_access"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision is told from."""

    rental: Rental
    target: Wish
    """What it should be: gone once its meter has ended, else the wish while the account is active, else stopped."""
    server: Server | None
    """What the provider says; None when it knows nothing."""
    seen_at: int
    """When it said so."""
    now: int
    may_close: bool = False
    """Whether a server that vanished may close its rental: not while more than a few vanish at once."""


@dataclass(frozen=True, slots=True)
class Step:
    """The record as it is to be, the calls to make once it is written, and what else follows."""

    rental: Rental
    calls: tuple[Call, ...] = ()
    gone: bool = False
    """The rental ends here although its owner did not ask for it."""
    lost_use: bool = False
    """What was counted since its server was last seen did not happen, and is given back."""
    unanswered_launch_at: int | None = None
    """When an earlier launch with the same token was called that may still turn out to have happened."""


def looked_at_again(rental: Rental, situation: Situation, seconds: int) -> Rental:
    """The record of a rental that is not finished, looked at again after so many seconds, or when its lease ends."""
    look_at, ends_at = situation.now + seconds, rental.lease_ends_at
    leased = ends_at is not None and situation.now < ends_at
    return replace(rental, look_at=min(look_at, ends_at or 0) if leased else look_at)


def finished(rental: Rental, status: Status, moment: int, failure: str | None = None) -> Rental:
    """The record of a rental that nothing can change any more. The only place that takes `look_at` away."""
    if status not in FINISHED:
        raise ValueError(f"{status} is not the end of a rental")
    return replace(
        rental.with_status(status, moment),
        wish=Wish.GONE,
        address=None,
        access_open=False,
        reboot_wanted=False,
        maybe_launched_at=None,
        missing_since=None,
        start_asked_at=None,
        failure=failure or rental.failure,
        lease_ends_at=None,
        look_at=None,
    )
