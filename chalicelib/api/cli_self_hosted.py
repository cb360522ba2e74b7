"""Servers that researchers own, for the published command: it can ask for them, and there are none yet."""

from chalice.app import Blueprint

from chalicelib.api.cli_operation import CliCall, cli_operation
from chalicelib.api.cli_shapes import NothingAsked, Page
from chalicelib.api.cli_shapes_self_hosted import (
    SelfHostedAsked,
    SelfHostedList,
    SelfHostedListAsked,
    SelfHostedPage,
    SelfHostedStatusMap,
    SelfHostedView,
)

blueprint = Blueprint(__name__)


@cli_operation(
    blueprint, "/v2/self-hosted-instance/business-status-localized-map", body=NothingAsked,
    answer=SelfHostedStatusMap, summary="What the statuses of self-hosted servers are called",
)
def self_hosted_status_map(call: CliCall[NothingAsked]) -> SelfHostedStatusMap:
    """The command's own list shows all but the last."""
    return SelfHostedStatusMap()


@cli_operation(
    blueprint, "/v3/self-hosted-instance/list", body=SelfHostedListAsked, answer=SelfHostedList,
    summary="Self-hosted servers, page by page",
)
def list_self_hosted(call: CliCall[SelfHostedListAsked]) -> SelfHostedList:
    """None."""
    asked = call.asked.entity_filter_request
    page = Page(current_page=asked.page, limit=asked.limit, total_pages=0, objects_count=0)
    return SelfHostedList(self_hosted_instance_list=SelfHostedPage(pagination_data=page))


@cli_operation(
    blueprint, "/v3/self-hosted-instance/view", body=SelfHostedAsked, answer=SelfHostedView,
    summary="One self-hosted server",
)
def view_self_hosted(call: CliCall[SelfHostedAsked]) -> SelfHostedView:
    """It is not found."""
    return SelfHostedView()
