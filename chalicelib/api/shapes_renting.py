"""Shapes of offers, quotes and rentals."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.shapes import Amount, Count, Instant, KeyId, Moment, NextCursor, Problem, RentalId, Shape, Text
from chalicelib.api.shapes_machines import Gpu
from chalicelib.instances.status import Status, Wish

OfferId = Annotated[
    str,
    Meta(min_length=1, max_length=64, description="the id of an offer", examples=["off_g5-xlarge_us-east-1"]),
]
Hours = Annotated[int, Meta(ge=1, le=8784, description="how many hours from now", examples=[12])]
_Filter = Annotated[str, Meta(min_length=1, max_length=40, description="a name as the offers spell it")]


class Offer(Shape, frozen=True, kw_only=True):
    """A kind of server at one place. Sizes in GB."""

    id: OfferId
    instance_type: Annotated[str, Meta(examples=["g5.xlarge"])]
    provider: Annotated[str, Meta(examples=["Amazon"])]
    region: Annotated[str, Meta(examples=["us-east-1"])]
    gpu_name: Annotated[str, Meta(examples=["A10G"])]
    gpu_count: Count
    gpu_memory_gb: Annotated[Count, Meta(description="of each GPU")]
    cpu_type: Annotated[str, Meta(examples=["AMD"])]
    vcpus: Count
    ram_gb: Count
    disk_gb: Annotated[Count, Meta(description="the disk that stays when the server is stopped")]
    scratch_gb: Annotated[Count, Meta(description="fast disk whose content a stop loses; 0 if there is none")]
    running_price_per_hour: Amount
    stopped_price_per_hour: Annotated[Amount, Meta(description="the price of its disk")]


class OfferQuery(Shape, frozen=True, kw_only=True):
    """Which offers. What is left out is left open."""

    gpu_name: _Filter | UnsetType = UNSET
    gpu_count: Annotated[int, Meta(ge=1, le=64, description="how many GPUs", examples=[1])] | UnsetType = UNSET
    provider: _Filter | UnsetType = UNSET
    region: _Filter | UnsetType = UNSET


class OfferList(Shape, frozen=True, kw_only=True):
    """Offers, cheapest first."""

    items: list[Offer]


class QuoteOrder(Shape, frozen=True, kw_only=True):
    """What the quote is about."""

    offer_id: OfferId


class Quote(Shape, frozen=True, kw_only=True):
    """What renting an offer would mean now."""

    offer: Offer
    hourly_need: Annotated[Amount, Meta(description="one hour of everything that is rented, with this")]
    balance: Amount
    lasts_until: Annotated[Moment | None, Meta(description="until when the balance would last with this running")]
    admitted: Annotated[bool, Meta(description="whether it could be rented now")]
    refusal: Annotated[Problem | None, Meta(description="why not; null if it could")]


class NewLease(Shape, frozen=True, kw_only=True):
    """When to stop the server: after so many hours, or at a second within a year. One of the two."""

    stop_after_hours: Hours | UnsetType = UNSET
    stop_at: Instant | UnsetType = UNSET


class NewRental(Shape, frozen=True, kw_only=True):
    """What to rent, and for how long: it is stopped by us after so many hours or at a second, if one is given."""

    name: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=40,
            description="lower-case letters, digits and inner hyphens, unlike that of any other live rental",
            examples=["trainer-1"],
        ),
    ]
    offer_id: OfferId
    key_ids: (
        Annotated[list[KeyId], Meta(min_length=1, max_length=100, description="SSH keys; all if left out")] | UnsetType
    ) = UNSET
    stop_after_hours: Hours | UnsetType = UNSET
    stop_at: Instant | UnsetType = UNSET


class Rental(Shape, frozen=True, kw_only=True):
    """A rented server. Its prices were fixed when it was rented."""

    id: RentalId
    name: Text
    offer: Offer
    status: Status
    queue_reason: Annotated[str | None, Meta(description="why it waits, for people; null unless it is IN_QUEUE")]
    status_label: Annotated[str, Meta(description="the status for people", examples=["Online"])]
    status_since: Moment
    wish: Annotated[Wish, Meta(description="what its owner last asked for")]
    price_per_hour: Annotated[Amount, Meta(description="what is charged per hour now")]
    address: Annotated[str | None, Meta(description="its public IP address; a restart changes it")]
    host_user: Annotated[str, Meta(description="whom to log in as", examples=["ubuntu"])]
    key_ids: list[KeyId]
    queued_key_ids: Annotated[list[KeyId], Meta(description="those of them that the server has not let in yet")]
    gpus: Annotated[list[Gpu], Meta(description="those that its daemon has found")]
    shm_total_bytes: Annotated[int | None, Meta(description="the size of its shared memory, as its daemon says")]
    shm_used_bytes: Annotated[int | None, Meta(description="how much of it is taken")]
    last_heartbeat_at: Annotated[Moment | None, Meta(description="when its daemon was last heard")]
    failure: Annotated[str | None, Meta(description="why it ended against its owner's wish")]
    lease_ends_at: Annotated[Moment | None, Meta(description="the second at which we stop it; null where none is set")]
    created_at: Moment


class RentalPage(Shape, frozen=True, kw_only=True):
    """Rentals, newest first; ended ones stay in it."""

    items: list[Rental]
    next_cursor: NextCursor
