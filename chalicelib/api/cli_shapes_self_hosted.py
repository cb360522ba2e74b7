"""Shapes of the published command's calls about servers that researchers own."""

from typing import Annotated

from msgspec import Meta

from chalicelib.api.cli_shapes import CliAnswer, CliShape, Page, PageAsked, StatusShown
from chalicelib.api.shapes import SelfHostedId, Text
from chalicelib.instances.machines import SELF_HOSTED_LABELS, SelfHostedStatus
from chalicelib.instances.report import CpuType, GpuType


class SelfHostedStatusLabels(CliShape, rename=None, frozen=True, kw_only=True):
    """What people call each status; no two alike."""

    AWAITING_CONFIGURATION: Text = SELF_HOSTED_LABELS[SelfHostedStatus.AWAITING_CONFIGURATION]
    RUNNING: Text = SELF_HOSTED_LABELS[SelfHostedStatus.RUNNING]
    UNREACHABLE_DAEMON: Text = SELF_HOSTED_LABELS[SelfHostedStatus.UNREACHABLE_DAEMON]
    DELETED: Text = SELF_HOSTED_LABELS[SelfHostedStatus.DELETED]


class SelfHostedStatusMap(CliAnswer, frozen=True, kw_only=True):
    """Labels by key."""

    selfhosted_instance_business_status_map: SelfHostedStatusLabels = SelfHostedStatusLabels()


class SelfHostedListAsked(CliShape, frozen=True, kw_only=True):
    """Which servers."""

    entity_filter_request: PageAsked = PageAsked()
    business_statuses: Annotated[list[SelfHostedStatus], Meta(max_length=20, examples=[["RUNNING"]])] = []


class DetectedGpu(CliShape, frozen=True, kw_only=True):
    """A GPU that the daemon has found; the command lists its type."""

    gpu_id: int
    name: Annotated[str, Meta(examples=["NVIDIA A10G"])]
    uuid: str
    type: GpuType


class DetectedGpus(CliShape, frozen=True, kw_only=True):
    """All of them. Without any the command says so itself."""

    gpus: list[DetectedGpu]


class InstanceSelfHosted(CliShape, frozen=True, kw_only=True):
    """A self-hosted server. Its address is safe to stand in a shell's command line."""

    public_id: SelfHostedId
    slug: Annotated[str, Meta(examples=["lab-1"])]
    cpu_type: CpuType
    cpu_cores: int | None
    detected_gpus: DetectedGpus | None
    frontend_status: StatusShown
    ip_address: Annotated[str, Meta(pattern="^[0-9a-fA-F:.]{2,45}$", examples=["203.0.113.7"])] | None
    total_shm_size_taken_by_containers_bytes: int | None
    max_shm_size_bytes: int | None


class SelfHostedPage(CliShape, frozen=True, kw_only=True):
    """Self-hosted servers, newest first."""

    entities: list[InstanceSelfHosted]
    pagination_data: Page


class SelfHostedList(CliAnswer, frozen=True, kw_only=True):
    """One page of them."""

    self_hosted_instance_list: SelfHostedPage


class SelfHostedAsked(CliShape, frozen=True, kw_only=True):
    """One server, by its id or its name."""

    selfhosted_instance_public_id: Annotated[str, Meta(max_length=64)] | None = None
    selfhosted_instance_slug: Annotated[str, Meta(max_length=64, examples=["lab"])] | None = None


class SelfHostedView(CliAnswer, frozen=True, kw_only=True):
    """How it stands; null where there is none."""

    selfhosted_instance: InstanceSelfHosted | None = None
