"""Rented servers as the published command lists, connects, ends and restarts them."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.api.cli_operation import CliCall, cli_operation
from chalicelib.api.cli_rendering import (
    REACHABLE,
    can_connect,
    filtered_as,
    instance_of,
    rental_asked_for,
    rentals_of,
    status_labels,
)
from chalicelib.api.cli_shapes import NothingAsked, Page, PageAsked
from chalicelib.api.cli_shapes_rented import (
    PowerAsked,
    PowerSwitched,
    RentedAsked,
    RentedList,
    RentedListAsked,
    RentedPage,
    RentedStatusMap,
    RentedView,
    Terminated,
)
from chalicelib.api.machines import heard_from, heard_from_all
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, NotFound, PaymentRequired, Unavailable
from chalicelib.instances.status import OVER

if TYPE_CHECKING:
    from chalicelib.instances.machines import Heard
    from chalicelib.instances.rental import Rental

blueprint = Blueprint(__name__)

_RENTED = "/instance-rented"


@cli_operation(
    blueprint, f"/v2{_RENTED}/business-status-localized-map", body=NothingAsked, answer=RentedStatusMap,
    summary="What the statuses of rented servers are called",
)
def rented_status_map(call: CliCall[NothingAsked]) -> RentedStatusMap:
    """The command's own list shows the first four unless it is told otherwise."""
    return RentedStatusMap(instance_rented_business_status_map=status_labels())


@cli_operation(
    blueprint, f"/v3{_RENTED}/list", body=RentedListAsked, answer=RentedList, summary="Rented servers, page by page",
    refusals=(Unavailable,),
)
def list_rented(call: CliCall[RentedListAsked]) -> RentedList:
    """Newest first, ended ones included unless statuses leave them out."""
    wanted = call.asked.business_statuses
    rentals = list(rentals_of(call.account_id))
    heard = heard_from_all(rentals)
    seen = [(one, heard.get(one.rental_id)) for one in rentals]
    found = [one for one in seen if not wanted or filtered_as(*one, active=call.active) in wanted]
    return RentedList(paginated_entity_list=_page(found, call.asked.entity_filter_request, active=call.active))


@cli_operation(
    blueprint, f"/v3{_RENTED}/view", body=RentedAsked, answer=RentedView, summary="One rented server",
    refusals=(NotFound, Conflict, Unavailable),
)
def view_rented(call: CliCall[RentedAsked]) -> RentedView:
    """The command opens a connection with what this says, and would not notice that there is no address."""
    rental = rental_asked_for(call.account_id, call.asked)
    heard = heard_from(rental)
    shown = instance_of(rental, heard, active=call.active)
    if shown.frontend_status.status_key in REACHABLE and not can_connect(rental, heard, active=call.active):
        raise Conflict(f'"{rental.name}" has no address at present. Try again in a minute.', code="no_address")
    return RentedView(instance_rented=shown)


@cli_operation(
    blueprint, f"/v1{_RENTED}/terminate", body=RentedAsked, answer=Terminated, summary="End a rental for good",
    refusals=(NotFound, Conflict, Unavailable),
)
def terminate_rented(call: CliCall[RentedAsked]) -> Terminated:
    """Nothing is charged from this second, and its data is lost. Asking again changes nothing and is no error."""
    rental = rental_asked_for(call.account_id, call.asked)
    if rental.status in OVER:
        return Terminated(message=f'"{rental.name}" had already ended.')
    ended = services().rentals.terminate(call.account_id, rental.rental_id)
    return Terminated(terminated_instance_rented_public_ids=[ended.rental_id])


@cli_operation(
    blueprint, f"/v1{_RENTED}/switch-power-status", body=PowerAsked, answer=PowerSwitched,
    summary="Restart a rented server", refusals=(Forbidden, NotFound, PaymentRequired, Conflict, Unavailable),
)
def switch_power_status(call: CliCall[PowerAsked]) -> PowerSwitched:
    """Restarts the operating system of a server that is online."""
    rental = rental_asked_for(call.account_id, call.asked)
    services().rentals.reboot(call.account_id, rental.rental_id)
    return PowerSwitched(message=f'"{rental.name}" is being restarted.')


def _page(found: "list[tuple[Rental, Heard | None]]", asked: PageAsked, *, active: bool) -> RentedPage:
    start = (asked.page - 1) * asked.limit
    return RentedPage(
        entities=[instance_of(*one, active=active) for one in found[start : start + asked.limit]],
        pagination_data=Page(
            current_page=asked.page,
            limit=asked.limit,
            total_pages=-(-len(found) // asked.limit),
            objects_count=len(found),
        ),
    )
