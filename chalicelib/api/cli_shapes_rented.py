"""Shapes of the published command's calls about rented servers."""

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from chalicelib.api.cli_shapes import CliAnswer, CliShape, Page, PageAsked, StatusShown
from chalicelib.api.shapes import RentalId, Text

_Id: TypeAlias = Annotated[str, Meta(max_length=64, description="an id, if no name is given")]
_Name: TypeAlias = Annotated[str, Meta(max_length=64, description="a name, if no id is given", examples=["trainer"])]
_OfferId: TypeAlias = Annotated[str, Meta(max_length=64, examples=["off_g5-xlarge_us-east-1"])]


class RentedStatus(StrEnum):
    """The keys that the command filters by, in the order of its lists. OFFLINE is for filtering alone."""

    ONLINE = "ONLINE"
    CREATING = "CREATING"
    TERMINATING = "TERMINATING"
    REBOOTING = "REBOOTING"
    IN_QUEUE = "IN_QUEUE"
    STARTING = "STARTING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    OFFLINE = "OFFLINE"
    UNREACHABLE_DAEMON = "UNREACHABLE_DAEMON"
    RENTAL_ERROR = "RENTAL_ERROR"
    DELETED = "DELETED"


class RentedStatusLabels(CliShape, rename=None, frozen=True, kw_only=True):
    """What people call each status; no two alike, because the command finds the keys by the labels."""

    ONLINE: Text
    CREATING: Text
    TERMINATING: Text
    REBOOTING: Text
    IN_QUEUE: Text
    STARTING: Text
    STOPPING: Text
    STOPPED: Text
    OFFLINE: Text
    UNREACHABLE_DAEMON: Text
    RENTAL_ERROR: Text
    DELETED: Text


class RentedStatusMap(CliAnswer, frozen=True, kw_only=True):
    """Labels by key."""

    instance_rented_business_status_map: RentedStatusLabels


class RentedListAsked(CliShape, frozen=True, kw_only=True):
    """Which rented servers. Without statuses: all."""

    entity_filter_request: PageAsked = PageAsked()
    business_statuses: Annotated[list[RentedStatus], Meta(max_length=20, examples=[["ONLINE"]])] = []


class InstanceRented(CliShape, frozen=True, kw_only=True):
    """A rented server. Its address and user are safe to stand in a shell's command line."""

    public_id: RentalId
    slug: Annotated[str, Meta(examples=["trainer"])]
    cpu_type: Literal["INTEL", "AMD", "ARM", "UNKNOWN"]
    cpu_cores: int
    gpu_type: Literal["NVIDIA"] = "NVIDIA"
    frontend_status: StatusShown
    ip_address: Annotated[str, Meta(pattern="^[0-9a-fA-F:.]{2,45}$", examples=["203.0.113.7"])] | None
    host_username: Annotated[str, Meta(pattern="^[a-z_][a-z0-9_-]*$", examples=["ubuntu"])] | None
    total_shm_size_taken_by_containers_bytes: int | None = None
    max_shm_size_bytes: int | None = None


class RentedPage(CliShape, frozen=True, kw_only=True):
    """Rented servers, newest first."""

    entities: list[InstanceRented]
    pagination_data: Page


class RentedList(CliAnswer, frozen=True, kw_only=True):
    """One page of them."""

    paginated_entity_list: RentedPage


class RentedAsked(CliShape, frozen=True, kw_only=True):
    """One rented server, by its id or its name."""

    instance_rented_public_id: _Id | None = None
    instance_rented_slug: _Name | None = None


class RentedView(CliAnswer, frozen=True, kw_only=True):
    """How it stands."""

    instance_rented: InstanceRented


class Terminated(CliAnswer, frozen=True, kw_only=True):
    """What ends with this call."""

    terminated_instance_rented_public_ids: list[RentalId] = []
    failed_instance_rented_public_ids: list[RentalId] = []


class PowerAsked(RentedAsked, frozen=True, kw_only=True):
    """What is to happen to it."""

    requested_power_status: Annotated[Literal["REBOOT"], Meta(examples=["REBOOT"])]


class PowerSwitched(CliAnswer, frozen=True, kw_only=True):
    """It happens."""


_NumberText: TypeAlias = Annotated[str, Meta(max_length=12, description="a whole number as text", examples=["1"])]


class RentAsked(CliShape, frozen=True, kw_only=True):
    """A server to rent, or, without force and without an offer, the question which offers there are."""

    slug: Annotated[str, Meta(max_length=64, description="the name of the server", examples=["trainer"])]
    gpu_name: Annotated[str, Meta(max_length=40, description="the name of a GPU", examples=["A10G"])]
    cloud_provider_name: Annotated[str, Meta(max_length=40, description="the name of a provider", examples=["Amazon"])]
    gpu_count: _NumberText | None = None
    disk_size_gb: _NumberText | None = None
    force_start_rent: bool = False
    concrete_instance_offer_public_id: _OfferId | None = None


class ConcreteOffer(CliShape, frozen=True, kw_only=True):
    """An offer as the command prints it."""

    public_id: _OfferId
    provider_and_region: Annotated[str, Meta(examples=["Amazon us-east-1"])]
    gpu_info: Annotated[str, Meta(examples=["1 x A10G 24 GB"])]
    cpu_info: Annotated[str, Meta(examples=["4 vCPU AMD"])]
    disk_size_gb: int
    ram_size_gb: int
    price_per_hour: Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]{2,6} USD$", examples=["1.11 USD"])]


_OptionKey: TypeAlias = Annotated[str, Meta(pattern="^[0-9]{1,6}$")]


class RentAnswer(CliAnswer, frozen=True, kw_only=True):
    """Exactly one of: a choice to make, offers to choose from, or the rental that was made; or what is wrong."""

    missing_field_name: Literal["gpuCount", "diskSizeGb"] | None = None
    missing_field_display_name: Text | None = None
    missing_field_options: dict[_OptionKey, Text] | None = None
    concrete_instance_offers_to_select: list[ConcreteOffer] | None = None
    selected_concrete_instance_offer: ConcreteOffer | None = None
    instance_rented_public_id: RentalId | None = None
