"""A rental: what its owner wishes, what the provider last said, and what it costs at a moment. Pure.

docs/rules.md, "Renting" and "Servers are driven to what they should be".
"""

from dataclasses import dataclass, replace

from chalicelib.billing.meters import Meter
from chalicelib.billing.usage import Kind
from chalicelib.instances.offers import Offer
from chalicelib.instances.status import CHARGED_RUNNING, OVER, Status, Wish
from chalicelib.money import to_units

NO_CAPACITY = "no_capacity"
"""The word for a refusal because there is no such server to be had; every other refusal has the provider's own."""


@dataclass(frozen=True, slots=True)
class Rental:
    """One rented server from the request to its end. The offer is a snapshot: later prices do not touch it."""

    rental_id: str
    account_id: str
    name: str
    offer: Offer
    created_at: int
    public_keys: tuple[str, ...]
    """Canonical SSH keys, one for each of `key_ids`."""
    key_ids: tuple[str, ...]
    wish: Wish = Wish.RUNNING
    status: Status = Status.CREATING
    status_since: int = 0
    server_id: str | None = None
    address: str | None = None
    host_user: str = "ubuntu"
    access_open: bool = False
    """Whether new connections have been let in since the server last came up."""
    attempt: int = 1
    """Which launch this is. With the rental's id it makes the client token: same attempt, same parameters."""
    image_id: str | None = None
    """The image of this attempt."""
    launched_key_ids: tuple[str, ...] = ()
    """The keys of this attempt."""
    coming_up_since: int = 0
    """When the present try to bring it up began: the rent, a start, or a restore of what was halted."""
    maybe_launched_at: int | None = None
    """When a launch was last called without a definite refusal: there may be a server that nobody has seen."""
    refusals: int = 0
    """Definite refusals in a row, which space the tries."""
    refusal: str | None = None
    """The last refusal: NO_CAPACITY, or the provider's own word."""
    seen_running_at: int | None = None
    """When the provider last said that it runs."""
    units_when_seen: int = 0
    """What its meter had counted, in units, when its server was last seen as it is charged for."""
    units_counted: int = 0
    """What its meter had counted, in units, when this record was last decided on beside it.

    The meter goes with the close that books its end; what was counted in vain may be found later.
    """
    missing_since: int | None = None
    """Since when the provider does not know it."""
    start_asked_at: int | None = None
    """When we last asked it to start, while nothing has been seen of what became of that."""
    stop_asked_at: int | None = None
    """When we first asked it to stop; None once it has stopped, or been seen running again."""
    terminate_asked_at: int | None = None
    """When we first asked the provider to end it."""
    reboot_wanted: bool = False
    failure: str | None = None
    """Why a rental ended against its owner's wish."""
    lease_ends_at: int | None = None
    """The second at which it is to be stopped, if its owner has set one: what its meter says, until that has ended."""
    look_at: int | None = None
    """When to look at it again; None once it is finished."""
    version: int = 0

    @property
    def live(self) -> bool:
        """Whether it counts against the limit and its name is taken."""
        return self.status not in OVER and self.wish is not Wish.GONE

    @property
    def coming_up(self) -> Status:
        """What it is called on the way to ONLINE: created the first time, started again later."""
        return Status.CREATING if self.seen_running_at is None else Status.STARTING

    @property
    def queued_key_ids(self) -> tuple[str, ...]:
        """Keys that came after its launch: they arrive with the server's next heartbeat."""
        return tuple(key_id for key_id in self.key_ids if self.launched_key_ids and key_id not in self.launched_key_ids)

    @property
    def queue_reason(self) -> str | None:
        """Why a rental that is queued has to wait, for people; None where it is not queued."""
        if self.status is not Status.IN_QUEUE:
            return None
        no_capacity = self.refusal == NO_CAPACITY
        why = (
            "The provider has no capacity for this server" if no_capacity else "The provider did not start this server"
        )
        return f"{why}. It is tried again, and nothing is charged until it runs."

    def with_status(self, status: Status, moment: int) -> "Rental":
        """The same rental in a status, since `moment` if that is new."""
        return self if status is self.status else replace(self, status=status, status_since=moment)

    def price(self, *, account_active: bool) -> int:
        """What it costs per hour, in micro-dollars, as things stand. The one place where this is decided.

        The stopped price pays for a disk: a rental that is stopped before its server was launched has none and is free.
        """
        if not account_active or not self.live:
            return 0
        if self.wish is Wish.STOPPED:
            return self.offer.stopped_price if self.server_id else 0
        return self.offer.running_price if self.status in CHARGED_RUNNING else 0


def measured(meter: Meter, rental: Rental, *, account_active: bool, moment: int, seen_running: bool = True) -> Meter:
    """The rental's meter as it has to run from `moment` on.

    Without a sight of the server the running price can go on and end, and never begin: after a halt nothing is
    charged until the server has been seen running, whatever its last status was.
    """
    price = rental.price(account_active=account_active)
    if rental.wish is Wish.RUNNING and price and not seen_running and not meter.price:
        price = 0
    stopped = replace(rental, wish=Wish.STOPPED).price(account_active=True)
    return replace(
        meter.at_price(price, moment),
        wished_price=stopped if rental.wish is Wish.STOPPED else rental.offer.running_price,
        resumes=rental.wish is Wish.STOPPED,
        lease_ends_at=rental.lease_ends_at,
        lease_price=0 if rental.lease_ends_at is None else stopped,
    )


def counted_units(meter: Meter, moment: int) -> int:
    """All units that a meter has counted in its life up to `moment`, booked or not."""
    return to_units(meter.booked) + meter.units_at(max(moment, meter.since))


def new_meter(rental: Rental) -> Meter:
    """The meter of a rental that has just been made: nothing runs before its server has been seen running."""
    return Meter(
        meter_id=rental.rental_id,
        account_id=rental.account_id,
        kind=Kind.RENTAL,
        name=rental.name,
        code=rental.offer.instance_type,
        full_price=rental.offer.running_price,
        wished_price=rental.offer.running_price,
        resumes=False,
        since=rental.created_at,
        started_at=rental.created_at,
        lease_ends_at=rental.lease_ends_at,
    )
