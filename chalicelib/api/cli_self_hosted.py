"""Servers that researchers own, as the published command lists and connects them."""

from chalice.app import Blueprint

from chalicelib.api.cli_operation import CliCall, cli_operation
from chalicelib.api.cli_rendering_self_hosted import can_connect, instance_of, server_asked_for
from chalicelib.api.cli_shapes import NothingAsked, Page, PageAsked
from chalicelib.api.cli_shapes_self_hosted import (
    SelfHostedAsked,
    SelfHostedList,
    SelfHostedListAsked,
    SelfHostedPage,
    SelfHostedStatusMap,
    SelfHostedView,
)
from chalicelib.api.machines import status_now
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Unavailable
from chalicelib.instances.machines import SelfHosted, SelfHostedStatus

blueprint = Blueprint(__name__)

_SELF_HOSTED = "/self-hosted-instance"


@cli_operation(
    blueprint,
    f"/v2{_SELF_HOSTED}/business-status-localized-map",
    body=NothingAsked,
    answer=SelfHostedStatusMap,
    summary="What the statuses of self-hosted servers are called",
)
def self_hosted_status_map(call: CliCall[NothingAsked]) -> SelfHostedStatusMap:
    """The command's own list shows all but the last."""
    return SelfHostedStatusMap()


@cli_operation(
    blueprint,
    f"/v3{_SELF_HOSTED}/list",
    body=SelfHostedListAsked,
    answer=SelfHostedList,
    summary="Self-hosted servers, page by page",
    refusals=(Unavailable,),
)
def list_self_hosted(call: CliCall[SelfHostedListAsked]) -> SelfHostedList:
    """Newest first, deleted ones included unless statuses leave them out."""
    wanted = call.asked.business_statuses
    servers = services().self_hosted.all(call.account_id)
    found = [server for server in servers if not wanted or status_now(server) in wanted]
    return SelfHostedList(self_hosted_instance_list=_page(found, call.asked.entity_filter_request))


@cli_operation(
    blueprint,
    f"/v3{_SELF_HOSTED}/view",
    body=SelfHostedAsked,
    answer=SelfHostedView,
    summary="One self-hosted server",
    refusals=(Conflict, Unavailable),
)
def view_self_hosted(call: CliCall[SelfHostedAsked]) -> SelfHostedView:
    """The command says that it was not found where this has none, and would not notice that there is no address."""
    server = server_asked_for(call.account_id, call.asked)
    if server is None:
        return SelfHostedView()
    if status_now(server) is SelfHostedStatus.RUNNING and not can_connect(server):
        raise Conflict(f'"{server.name}" has no address at present.', code="no_address")
    return SelfHostedView(selfhosted_instance=instance_of(server))


def _page(found: list[SelfHosted], asked: PageAsked) -> SelfHostedPage:
    start = (asked.page - 1) * asked.limit
    page = Page(
        current_page=asked.page,
        limit=asked.limit,
        total_pages=-(-len(found) // asked.limit),
        objects_count=len(found),
    )
    entities = [instance_of(server) for server in found[start : start + asked.limit]]
    return SelfHostedPage(entities=entities, pagination_data=page)
