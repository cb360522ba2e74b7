"""Shapes of what the published command sends and reads, the parts that all its calls share. Names are the command's.

The command crashes on answers that differ: ids and prices are text, lists are never null, and a status map has every
label once. What it prints it takes for markup, so that nothing here may hold brackets.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from chalicelib.api.shapes import AccountId, MachineId, Shape, Text


class CliShape(Shape, rename="camel", frozen=True, kw_only=True):
    """What all of them are."""


class CliWarning(CliShape, frozen=True, kw_only=True):
    """A line that the command prints before it ends, once, however many answers of a run carry it."""

    color_hex: Annotated[str, Meta(pattern="^#[0-9a-f]{6}$", examples=["#ff8800"])]
    message: Text


class CliAnswer(CliShape, frozen=True, kw_only=True):
    """What every answer has."""

    is_success: bool = True
    message: Text | None = None
    fields_with_error: list[str] = []
    """Never null: the command would crash."""
    warnings_on_exit: list[CliWarning] = []


class NothingAsked(CliShape, frozen=True, kw_only=True):
    """An empty object: the account of the token is all that counts."""


class Page(CliShape, frozen=True, kw_only=True):
    """Which page of a list, counted from 1."""

    current_page: int
    limit: int
    total_pages: int
    objects_count: int


class OrderField(StrEnum):
    """What lists can be ordered by."""

    CREATED_AT = "createdAt"


class OrderDirection(StrEnum):
    """Newest first."""

    DESCENDING = "DESC"


class PageAsked(CliShape, frozen=True, kw_only=True):
    """Which page the command wants."""

    order_by_field: OrderField = OrderField.CREATED_AT
    order_by_direction: OrderDirection = OrderDirection.DESCENDING
    page: Annotated[int, Meta(ge=1, le=100_000, description="the number of a page", examples=[1])] = 1
    limit: Annotated[int, Meta(ge=1, le=100, description="how many rows a page has", examples=[5])] = 5


class StatusShown(CliShape, frozen=True, kw_only=True):
    """A status, for the command to decide on and for a person to read."""

    status_key: Annotated[str, Meta(examples=["ONLINE"])]
    status_translation: Annotated[str, Meta(examples=["Online"])]


class AllowedCliCommands(Shape, frozen=True, kw_only=True):
    """Whether each command may run. One that is left out is taken for deprecated, so that none is.

    Projects, containers, tasks, models and inference simulators are not offered here.
    """

    VERSION: bool = True
    CONNECT: bool = True
    LOGIN: bool = True
    LOGOUT: bool = True
    PROJECT_CLONE: bool = False
    PROJECT_INIT: bool = False
    PROJECT_RUN: bool = False
    PROJECT_CHECKOUT: bool = False
    PROJECT_PULL: bool = False
    PROJECT_RESET: bool = False
    PROJECT_INFERENCE_SIMULATOR_RUN: bool = False
    PROJECT_INFERENCE_SIMULATOR_SAVE_METADATA: bool = False
    PROJECT_INFERENCE_SIMULATOR_PUSH: bool = False
    PROJECT_INFERENCE_SIMULATOR_LS: bool = False
    PROJECT_INFERENCE_SIMULATOR_LOGS: bool = False
    PROJECT_MODEL_LS: bool = False
    PROJECT_MODEL_DEPLOY_INSTANCE: bool = False
    PROJECT_MODEL_DEPLOY_SAGEMAKER: bool = False
    PROJECT_TASK_CANCEL: bool = False
    PROJECT_TASK_LS: bool = False
    PROJECT_TASK_LOGS: bool = False
    PROJECT_CONFIG_SET_DEFAULT_CONTAINER: bool = False
    PROJECT_CONFIG_GET: bool = False
    PROJECT_ATTACH_INSTANCE: bool = False
    PROJECT_LS: bool = False
    PROJECT_DETACH_INSTANCE: bool = False
    PROJECT_DELETE: bool = False
    CONTAINER_LS: bool = False
    CONTAINER_INFO: bool = False
    CONTAINER_CONNECT: bool = False
    CONTAINER_UPLOAD: bool = False
    CONTAINER_DOWNLOAD: bool = False
    CONTAINER_CREATE: bool = False
    CONTAINER_START: bool = False
    CONTAINER_STOP: bool = False
    CONTAINER_DELETE: bool = False
    CONTAINER_RESTART: bool = False
    CONTAINER_LOGS: bool = False
    CONTAINER_IMAGE_LS: bool = False
    INSTANCE_RENTED_LS: bool = True
    INSTANCE_RENTED_CONNECT: bool = True
    INSTANCE_RENTED_CREATE: bool = True
    INSTANCE_RENTED_TERMINATE: bool = True
    INSTANCE_RENTED_RESTART: bool = True
    INSTANCE_SELF_HOSTED_LS: bool = True
    INSTANCE_SELF_HOSTED_CONNECT: bool = True
    CONFIG_GET: bool = True
    CONFIG_SET: bool = True
    CONFIG_SWITCH_PROFILE: bool = True
    CONFIG_CLEAR: bool = True
    CONFIG_UPLOAD_SSH_KEY: bool = True


class CliCommandMetadata(CliShape, frozen=True, kw_only=True):
    """What the command's help texts and hints name."""

    instance_offer_provider_names: list[str]
    instance_offer_gpu_names: list[str]
    docker_container_default_shm_size: Text | None = None
    frontend_base_url: Text | None = None
    frontend_oauth_path: Annotated[
        str | None, Meta(description="where `login` takes the browser; null: the command says that it can not log in")
    ] = None


class CliToken(CliShape, forbid_unknown_fields=False, frozen=True, kw_only=True):
    """A token, or none. Other versions may send more than this: refusing it would lock them out altogether."""

    user_api_token: Annotated[str, Meta(description="an API token", examples=["tsai_api_..."])] | None = None
    cli_version: Annotated[str, Meta(description="the version of the caller", examples=["0.7.16"])] | None = None


class TokenValidity(CliAnswer, frozen=True, kw_only=True):
    """Whom a token speaks for, or why it opens nothing; and what the command may do."""

    allowed_cli_commands: AllowedCliCommands
    cli_command_metadata: CliCommandMetadata
    token_user_public_id: Annotated[str | None, Meta(description="the id of the user")] = None
    token_client_public_id: AccountId | None = None
    token_display_name: Text | None = None
    token_invalid_reason: Text | None = None


class SomethingToConnect(CliShape, frozen=True, kw_only=True):
    """What a person typed."""

    entity_identifier: Annotated[
        str, Meta(min_length=1, max_length=200, description="a name or an id", examples=["trainer"])
    ]


class Match(CliShape, frozen=True, kw_only=True):
    """Something that the text could mean."""

    public_id: MachineId
    frontend_status: StatusShown
    can_connect: bool
    can_download_upload_on_container: bool = False
    matched_field: Annotated[str, Meta(examples=["name"])]


class Matches(CliAnswer, frozen=True, kw_only=True):
    """Everything that the text could mean. The command connects where exactly one can be connected to."""

    instance_rented_match_data: list[Match] = []
    selfhosted_instance_match_data: list[Match] = []
    docker_container_match_data: Annotated[list[Match], Meta(max_length=0)] = []
    task_match_data: Annotated[list[Match], Meta(max_length=0)] = []
