"""Shapes of the published command's calls about servers that researchers own. There are none yet."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chalicelib.api.cli_shapes import CliAnswer, CliShape, Page, PageAsked
from chalicelib.api.shapes import Text


class SelfHostedStatus(StrEnum):
    """The keys that the command filters by."""

    AWAITING_CONFIGURATION = "AWAITING_CONFIGURATION"
    RUNNING = "RUNNING"
    UNREACHABLE_DAEMON = "UNREACHABLE_DAEMON"
    DELETED = "DELETED"


class SelfHostedStatusLabels(CliShape, rename=None, frozen=True, kw_only=True):
    """What people call each status; no two alike."""

    AWAITING_CONFIGURATION: Text = "Awaiting configuration"
    RUNNING: Text = "Running"
    UNREACHABLE_DAEMON: Text = "Unreachable daemon"
    DELETED: Text = "Deleted"


class SelfHostedStatusMap(CliAnswer, frozen=True, kw_only=True):
    """Labels by key."""

    selfhosted_instance_business_status_map: SelfHostedStatusLabels = SelfHostedStatusLabels()


class SelfHostedListAsked(CliShape, frozen=True, kw_only=True):
    """Which servers."""

    entity_filter_request: PageAsked = PageAsked()
    business_statuses: Annotated[list[SelfHostedStatus], Meta(max_length=20, examples=[["RUNNING"]])] = []


class SelfHostedPage(CliShape, frozen=True, kw_only=True):
    """No servers."""

    entities: Annotated[list[str], Meta(max_length=0)] = []
    pagination_data: Page


class SelfHostedList(CliAnswer, frozen=True, kw_only=True):
    """One page of them."""

    self_hosted_instance_list: SelfHostedPage


class SelfHostedAsked(CliShape, frozen=True, kw_only=True):
    """One server, by its id or its name."""

    selfhosted_instance_public_id: Annotated[str, Meta(max_length=64)] | None = None
    selfhosted_instance_slug: Annotated[str, Meta(max_length=64, examples=["lab"])] | None = None


class SelfHostedView(CliAnswer, frozen=True, kw_only=True):
    """It is not there."""

    selfhosted_instance: None = None
