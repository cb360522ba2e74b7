"""What a person means who says `thestage connect` and a name or an id."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.api.cli_operation import CliCall, cli_operation
from chalicelib.api.cli_rendering import can_connect, rental_with_id, status_of
from chalicelib.api.cli_shapes import Match, Matches, SomethingToConnect
from chalicelib.bootstrap import services
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from chalicelib.instances.rental import Rental

blueprint = Blueprint(__name__)


@cli_operation(
    blueprint, "/v1/resolve-user-input", body=SomethingToConnect, answer=Matches,
    summary="What a name or an id stands for", refusals=(Unavailable,),
)
def resolve_user_input(call: CliCall[SomethingToConnect]) -> Matches:
    """What can not be connected to now is answered too, so that a person sees why. No name has the form of an id."""
    text = call.asked.entity_identifier
    by_id = rental_with_id(call.account_id, text)
    rental = by_id or services().rentals.named(call.account_id, text)
    if rental is None:
        return Matches()
    return Matches(instance_rented_match_data=[_match(rental, found_by="ID" if by_id else "name", active=call.active)])


def _match(rental: "Rental", *, found_by: str, active: bool) -> Match:
    return Match(
        public_id=rental.rental_id,
        frontend_status=status_of(rental, active=active),
        can_connect=can_connect(rental, active=active),
        matched_field=found_by,
    )
