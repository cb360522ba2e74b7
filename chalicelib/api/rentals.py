"""Rentals: list, rent, start, stop, reboot, terminate."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.api.cursor import cursor_at, id_in
from chalicelib.api.machines import as_heard_now, gpus_of, heard_from, heard_from_all
from chalicelib.api.offers import offer_of
from chalicelib.api.shapes import PageQuery
from chalicelib.api.shapes_renting import NewLease, NewRental, Rental, RentalPage
from chalicelib.api.values import amount, given, moment_in
from chalicelib.api.view import Call, operation
from chalicelib.billing.account import Status
from chalicelib.billing.outlook import outlook
from chalicelib.bootstrap import services
from chalicelib.clock import iso, iso_or_none
from chalicelib.errors import Conflict, Forbidden, NotFound, PaymentRequired, Unavailable
from chalicelib.instances.machines import counts, queued_keys
from chalicelib.instances.order import Lease, Order
from chalicelib.instances.status import label

if TYPE_CHECKING:
    from chalicelib.instances import rental
    from chalicelib.instances.machines import Heard

blueprint = Blueprint(__name__)

RENTALS = "/api/v1/rentals"
_REFUSALS = (Conflict, Unavailable)
_NOT_ADMITTED = (Forbidden, PaymentRequired)


@operation(blueprint, "GET", RENTALS, query=PageQuery, answer=RentalPage, summary="The rentals, newest first")
def list_rentals(call: Call[PageQuery]) -> RentalPage:
    """Ended ones stay in the list."""
    return rentals_of(call.account_id, id_in(call.asked.cursor, "rent"), call.asked.limit)


@operation(
    blueprint, "POST", RENTALS, body=NewRental, answer=Rental, status=201, idempotent=True, summary="Rent a server",
    refusals=(NotFound, *_NOT_ADMITTED, *_REFUSALS),
)
def rent(call: Call[NewRental]) -> Rental:
    """The price is fixed now. The balance must cover one hour of every live rental and service, with this one."""
    key_ids = given(call.asked.key_ids)
    order = Order(call.asked.name, call.asked.offer_id, key_ids, call.idempotency_key, _lease(call.asked))
    return _seen(call, services().rentals.rent(call.account_id, order))


@operation(blueprint, "GET", RENTALS + "/{rental_id}", answer=Rental, summary="One rental")
def get_rental(call: Call[None]) -> Rental:
    """How it stands now."""
    return _seen(call, services().rentals.get(call.account_id, call.path["rental_id"]))


@operation(
    blueprint, "POST", RENTALS + "/{rental_id}/start", answer=Rental, summary="Start a stopped server",
    refusals=(*_NOT_ADMITTED, *_REFUSALS),
)
def start_rental(call: Call[None]) -> Rental:
    """Under the same check as a new rental. It is charged once it has been seen running."""
    return _seen(call, services().rentals.start(call.account_id, call.path["rental_id"]))


@operation(
    blueprint, "POST", RENTALS + "/{rental_id}/stop", answer=Rental, summary="Stop a server", refusals=_REFUSALS
)
def stop_rental(call: Call[None]) -> Rental:
    """Only its disk is charged from this second. While the account is suspended: let it stay stopped afterwards."""
    return _seen(call, services().rentals.stop(call.account_id, call.path["rental_id"]))


@operation(
    blueprint, "POST", RENTALS + "/{rental_id}/reboot", answer=Rental, summary="Reboot a server",
    refusals=(*_NOT_ADMITTED, *_REFUSALS),
)
def reboot_rental(call: Call[None]) -> Rental:
    """Restarts the operating system of a server that is online."""
    return _seen(call, services().rentals.reboot(call.account_id, call.path["rental_id"]))


@operation(
    blueprint, "POST", RENTALS + "/{rental_id}/terminate", answer=Rental, summary="End a rental for good",
    refusals=_REFUSALS,
)
def terminate_rental(call: Call[None]) -> Rental:
    """Nothing is charged from this second, and its data is lost. Allowed while the account is suspended."""
    return _seen(call, services().rentals.terminate(call.account_id, call.path["rental_id"]))


@operation(
    blueprint, "PUT", RENTALS + "/{rental_id}/lease", body=NewLease, answer=Rental, refusals=_REFUSALS,
    summary="Have a server stopped later",
)
def set_lease(call: Call[NewLease]) -> Rental:
    """At that second we stop it, whoever looks. Replaces what was set before; what is stopped by then stays stopped."""
    asked = _lease(call.asked) or Lease()
    return _seen(call, services().rentals.lease(call.account_id, call.path["rental_id"], asked))


@operation(
    blueprint, "DELETE", RENTALS + "/{rental_id}/lease", answer=Rental, refusals=_REFUSALS,
    summary="Have a server not stopped",
)
def remove_lease(call: Call[None]) -> Rental:
    """It goes on until its owner stops it or the balance runs out."""
    return _seen(call, services().rentals.lease(call.account_id, call.path["rental_id"], None))


def _lease(asked: NewLease | NewRental) -> "Lease | None":
    hours, moment = given(asked.stop_after_hours), moment_in(asked.stop_at, "stop_at")
    return None if hours is None and moment is None else Lease(hours, moment)


def _seen(call: Call[None] | Call[NewRental] | Call[NewLease], one: "rental.Rental") -> Rental:
    return _rental(one, heard_from(one), active=_active(call.account_id))


def rentals_of(account_id: str, before: str | None, limit: int) -> RentalPage:
    """A page of the rentals of an account, newest first."""
    page = services().rentals.page(account_id, before, limit)
    active, heard = _active(account_id), heard_from_all(page.rentals)
    items = [_rental(one, heard.get(one.rental_id), active=active) for one in page.rentals]
    return RentalPage(items=items, next_cursor=cursor_at(page.before))


def _active(account_id: str) -> bool:
    account = services().lines.account(account_id)
    return outlook(account, services().clock(), services().config.policy).status is Status.ACTIVE


def _rental(one: "rental.Rental", heard: "Heard | None", *, active: bool) -> Rental:
    """What is charged follows from the record, whatever its daemon leaves unsaid."""
    shown = as_heard_now(one, heard) if active else one
    said = heard.report if heard and counts(one, heard) else None
    return Rental(
        id=one.rental_id,
        name=one.name,
        offer=offer_of(one.offer),
        status=shown.status,
        queue_reason=one.queue_reason,
        status_label=label(shown.status, account_active=active),
        status_since=iso(shown.status_since),
        wish=one.wish,
        price_per_hour=amount(one.price(account_active=active)),
        address=one.address,
        host_user=one.host_user,
        key_ids=list(one.key_ids),
        queued_key_ids=list(queued_keys(one, heard)),
        gpus=gpus_of(heard if said else None),
        shm_total_bytes=said.shm_total_bytes if said else None,
        shm_used_bytes=said.shm_used_bytes if said else None,
        last_heartbeat_at=iso_or_none(heard.at if heard and said else None),
        failure=one.failure,
        lease_ends_at=iso_or_none(one.lease_ends_at),
        created_at=iso(one.created_at),
    )
