"""Leases: a rental that is to be stopped at a second, by us. Pure. docs/rules.md, "Settings that protect".

The meter ends the lease, at its own second and by billing alone; the rental follows in its next transaction.
"""

from dataclasses import replace

from chalicelib.billing.meters import Meter
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import Status, Wish


def stopped_by_wish(rental: Rental, moment: int) -> Rental:
    """The rental as its owner wishes it stopped from `moment` on."""
    stopping = replace(rental, wish=Wish.STOPPED, reboot_wanted=False)
    halted = rental.status is Status.STOPPED
    return stopping if halted else stopping.with_status(Status.STOPPING, moment)


def following(rental: Rental, meter: Meter | None, moment: int) -> Rental:
    """The rental as its meter has it: stopped, where its lease has ended since somebody last wrote it."""
    ended = rental.lease_ends_at is not None and meter is not None and meter.live and meter.lease_ends_at is None
    return _lapsed(rental, moment) if ended else rental


def as_of(rental: Rental, now: int) -> Rental:
    """The rental as it is to be shown: a lease that has ended by `now` has ended, whoever has noticed."""
    if rental.lease_ends_at is None or rental.lease_ends_at > now:
        return rental
    return _lapsed(rental, rental.lease_ends_at)


def _lapsed(rental: Rental, moment: int) -> Rental:
    free = replace(rental, lease_ends_at=None)
    return stopped_by_wish(free, moment) if rental.live and rental.wish is Wish.RUNNING else free
