"""Servers of researchers' own: register, list, delete, a new token for the daemon."""

from chalice.app import Blueprint

from chalicelib.api.cursor import cursor_at, id_in
from chalicelib.api.machines import self_hosted_of, with_token
from chalicelib.api.shapes import PageQuery
from chalicelib.api.shapes_machines import NewSelfHosted, SelfHosted, SelfHostedServerPage, SelfHostedToken
from chalicelib.api.view import Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, Unavailable

blueprint = Blueprint(__name__)

SELF_HOSTED = "/api/v1/self-hosted"


@operation(
    blueprint,
    "GET",
    SELF_HOSTED,
    query=PageQuery,
    answer=SelfHostedServerPage,
    summary="Self-hosted servers, newest first",
)
def list_self_hosted_servers(call: Call[PageQuery]) -> SelfHostedServerPage:
    """Deleted ones stay in the list for 90 days."""
    page = services().self_hosted.page(call.account_id, id_in(call.asked.cursor, "self"), call.asked.limit)
    items = [self_hosted_of(server) for server in page.servers]
    return SelfHostedServerPage(items=items, next_cursor=cursor_at(page.before))


@operation(
    blueprint,
    "POST",
    SELF_HOSTED,
    body=NewSelfHosted,
    answer=SelfHostedToken,
    status=201,
    summary="Register a server of your own",
    refusals=(Forbidden, Conflict, Unavailable),
)
def register_self_hosted(call: Call[NewSelfHosted]) -> SelfHostedToken:
    """The token is shown once. The command, typed on the server, installs the daemon with it."""
    return with_token(services().self_hosted.register(call.account_id, call.asked.name))


@operation(blueprint, "GET", SELF_HOSTED + "/{instance_id}", answer=SelfHosted, summary="One self-hosted server")
def get_self_hosted(call: Call[None]) -> SelfHosted:
    """How it stands now."""
    return self_hosted_of(services().self_hosted.get(call.account_id, call.path["instance_id"]))


@operation(
    blueprint,
    "DELETE",
    SELF_HOSTED + "/{instance_id}",
    answer=SelfHosted,
    summary="Delete a self-hosted server",
    refusals=(Unavailable,),
)
def delete_self_hosted(call: Call[None]) -> SelfHosted:
    """Its daemon is not listened to any more. The keys that it let in stay on the server until somebody removes it."""
    return self_hosted_of(services().self_hosted.delete(call.account_id, call.path["instance_id"]))


@operation(
    blueprint,
    "POST",
    SELF_HOSTED + "/{instance_id}/token",
    answer=SelfHostedToken,
    summary="A new token for the daemon",
    refusals=(Conflict, Unavailable),
)
def new_daemon_token(call: Call[None]) -> SelfHostedToken:
    """The one before opens nothing any more."""
    return with_token(services().self_hosted.new_token(call.account_id, call.path["instance_id"]))
