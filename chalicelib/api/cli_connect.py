"""What a person means who says `thestage connect` and a name or an id."""

from chalice.app import Blueprint

from chalicelib.api.cli_operation import CliCall, cli_operation
from chalicelib.api.cli_rendering import can_connect, rental_with_id, status_of
from chalicelib.api.cli_shapes import Match, Matches, SomethingToConnect
from chalicelib.bootstrap import services
from chalicelib.errors import Unavailable

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
    match = Match(
        public_id=rental.rental_id,
        frontend_status=status_of(rental, active=call.active),
        can_connect=can_connect(rental, active=call.active),
        matched_field="ID" if by_id else "name",
    )
    return Matches(instance_rented_match_data=[match])
