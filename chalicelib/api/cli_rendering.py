"""How rentals and offers look to the published command."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from chalicelib.api.cli_shapes import StatusShown
from chalicelib.api.cli_shapes_rented import (
    ConcreteOffer,
    InstanceRented,
    RentedAsked,
    RentedStatus,
    RentedStatusLabels,
)
from chalicelib.api.machines import as_heard_now
from chalicelib.bootstrap import services
from chalicelib.errors import Invalid, NotFound
from chalicelib.ids import is_id
from chalicelib.instances.machines import counts
from chalicelib.instances.report import is_host_user, plain_address
from chalicelib.instances.status import LABELS, OFFLINE_LABEL, Status, label
from chalicelib.money import USD

if TYPE_CHECKING:
    from chalicelib.instances.machines import Heard
    from chalicelib.instances.offers import Offer
    from chalicelib.instances.rental import Rental

REACHABLE = frozenset({Status.ONLINE, Status.UNREACHABLE_DAEMON})
"""In these, and in no other, the command opens a connection."""
_CPU_TYPES: Mapping[str, Literal["INTEL", "AMD", "ARM"]] = {"INTEL": "INTEL", "AMD": "AMD", "ARM": "ARM"}
_PAGE = 100


def rentals_of(account_id: str) -> "Iterator[Rental]":
    """Every rental of an account, newest first, ended ones included."""
    before: str | None = None
    while True:
        page = services().rentals.page(account_id, before, _PAGE)
        yield from page.rentals
        if page.before is None:
            return
        before = page.before


def rental_asked_for(account_id: str, asked: RentedAsked) -> "Rental":
    """The rental with the id, or the live one with the name, or the last that had it. Raises Invalid, NotFound."""
    rental_id, name = asked.instance_rented_public_id, asked.instance_rented_slug
    if bool(rental_id) is bool(name):
        raise Invalid("Give the id of a rented instance, or its name, and not both.", code="one_identifier")
    rental = rental_with_id(account_id, rental_id) if rental_id else services().rentals.named(account_id, str(name))
    if rental is None:
        raise NotFound("You have no rented instance with this id or name.")
    return rental


def rental_with_id(account_id: str, rental_id: str) -> "Rental | None":
    """The account's rental with this id, if it is the id of one."""
    try:
        return services().rentals.get(account_id, rental_id) if is_id("rent", rental_id) else None
    except NotFound:
        return None


def as_shown(rental: "Rental", heard: "Heard | None", *, active: bool) -> "Rental":
    """While its account is suspended, what still runs is being halted, and nobody is let in."""
    if active:
        return as_heard_now(rental, heard)
    return rental if rental.status not in REACHABLE else replace(rental, status=Status.STOPPING)


def status_of(rental: "Rental", heard: "Heard | None", *, active: bool) -> StatusShown:
    """A halted server has the key of a stopped one, so that the command opens no connection, and a label of its own."""
    shown = as_shown(rental, heard, active=active)
    return StatusShown(status_key=shown.status, status_translation=label(shown.status, account_active=active))


def filtered_as(rental: "Rental", heard: "Heard | None", *, active: bool) -> RentedStatus:
    """The status that finds a rental in a list: the one with the label that it shows."""
    shown = status_of(rental, heard, active=active)
    offline = shown.status_translation == OFFLINE_LABEL
    return RentedStatus.OFFLINE if offline else RentedStatus(shown.status_key)


def status_labels() -> RentedStatusLabels:
    """What each status is called."""
    return RentedStatusLabels(OFFLINE=OFFLINE_LABEL, **{str(status): text for status, text in LABELS.items()})


def instance_of(rental: "Rental", heard: "Heard | None", *, active: bool) -> InstanceRented:
    """A rental as lists show it and connections are made from it."""
    said = heard.report if heard and counts(rental, heard) else None
    return InstanceRented(
        public_id=rental.rental_id,
        slug=rental.name,
        cpu_type=_CPU_TYPES.get(rental.offer.cpu_type, "UNKNOWN"),
        cpu_cores=rental.offer.vcpus,
        frontend_status=status_of(rental, heard, active=active),
        ip_address=plain_address(rental.address or ""),
        host_username=rental.host_user if is_host_user(rental.host_user) else None,
        total_shm_size_taken_by_containers_bytes=said.shm_used_bytes if said else None,
        max_shm_size_bytes=said.shm_total_bytes if said else None,
    )


def can_connect(rental: "Rental", heard: "Heard | None", *, active: bool) -> bool:
    """Whether a connection has any prospect."""
    shown = instance_of(rental, heard, active=active)
    reachable = shown.frontend_status.status_key in REACHABLE
    return reachable and shown.ip_address is not None and shown.host_username is not None


def concrete_offer_of(offer: "Offer") -> ConcreteOffer:
    """An offer as a row of a table."""
    return ConcreteOffer(
        public_id=offer.offer_id,
        provider_and_region=offer.provider_and_region,
        gpu_info=offer.gpu_line,
        cpu_info=offer.cpu_line,
        disk_size_gb=offer.disk_gb,
        ram_size_gb=offer.ram_gb,
        price_per_hour=price_text(offer.running_price),
    )


def price_text(micros: int) -> str:
    """2.95 USD: two decimals, and more only where the price has them."""
    whole, _, part = USD.show(micros).partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')} {USD.code}"
