"""What a person means who says `thestage connect` and a name or an id."""


from chalice.app import Blueprint

from chalicelib.api import cli_rendering, cli_rendering_self_hosted
from chalicelib.api.cli_operation import CliCall, cli_operation
from chalicelib.api.cli_shapes import Match, Matches, SomethingToConnect
from chalicelib.api.machines import heard_from
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
    return Matches(
        instance_rented_match_data=_rented(call.account_id, text, active=call.active),
        selfhosted_instance_match_data=_self_hosted(call.account_id, text),
    )


def _rented(account_id: str, text: str, *, active: bool) -> list[Match]:
    by_id = cli_rendering.rental_with_id(account_id, text)
    rental = by_id or services().rentals.named(account_id, text)
    if rental is None:
        return []
    heard = heard_from(rental)
    match = Match(
        public_id=rental.rental_id,
        frontend_status=cli_rendering.status_of(rental, heard, active=active),
        can_connect=cli_rendering.can_connect(rental, heard, active=active),
        matched_field="ID" if by_id else "name",
    )
    return [match]


def _self_hosted(account_id: str, text: str) -> list[Match]:
    by_id = cli_rendering_self_hosted.server_with_id(account_id, text)
    server = by_id or services().self_hosted.named(account_id, text)
    if server is None:
        return []
    match = Match(
        public_id=server.machine_id,
        frontend_status=cli_rendering_self_hosted.status_of(server),
        can_connect=cli_rendering_self_hosted.can_connect(server),
        matched_field="ID" if by_id else "name",
    )
    return [match]
