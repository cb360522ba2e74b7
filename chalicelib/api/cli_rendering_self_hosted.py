"""How self-hosted servers look to the published command."""

from chalicelib.api.cli_shapes import StatusShown
from chalicelib.api.cli_shapes_self_hosted import DetectedGpu, DetectedGpus, InstanceSelfHosted, SelfHostedAsked
from chalicelib.api.machines import status_now
from chalicelib.bootstrap import services
from chalicelib.errors import Invalid, NotFound
from chalicelib.ids import is_id
from chalicelib.instances.machines import SELF_HOSTED_LABELS, SelfHosted, SelfHostedStatus
from chalicelib.instances.report import CpuType, Report, plain_address


def server_asked_for(account_id: str, asked: SelfHostedAsked) -> SelfHosted | None:
    """The server with the id, or the living one with the name, or the last that had it. Raises Invalid."""
    server_id, name = asked.selfhosted_instance_public_id, asked.selfhosted_instance_slug
    if bool(server_id) is bool(name):
        raise Invalid("Give the id of a self-hosted server, or its name, and not both.", code="one_identifier")
    return server_with_id(account_id, server_id) if server_id else services().self_hosted.named(account_id, str(name))


def server_with_id(account_id: str, server_id: str) -> SelfHosted | None:
    """The account's server with this id, if it is the id of one."""
    try:
        return services().self_hosted.get(account_id, server_id) if is_id("self", server_id) else None
    except NotFound:
        return None


def status_of(server: SelfHosted) -> StatusShown:
    """The status, for the command to decide on and for a person to read."""
    status = status_now(server)
    return StatusShown(status_key=status, status_translation=SELF_HOSTED_LABELS[status])


def instance_of(server: SelfHosted) -> InstanceSelfHosted:
    """A server as lists show it and connections are made from it. Its owner is asked for the user."""
    said = server.heard.report if server.heard else None
    return InstanceSelfHosted(
        public_id=server.machine_id,
        slug=server.name,
        cpu_type=said.cpu_type if said else CpuType.UNKNOWN,
        cpu_cores=said.cpu_cores if said else None,
        detected_gpus=_gpus(said) if said else None,
        frontend_status=status_of(server),
        ip_address=plain_address((said.address if said else None) or ""),
        total_shm_size_taken_by_containers_bytes=said.shm_used_bytes if said else None,
        max_shm_size_bytes=said.shm_total_bytes if said else None,
    )


def can_connect(server: SelfHosted) -> bool:
    """Whether a connection has any prospect."""
    shown = instance_of(server)
    return shown.frontend_status.status_key == SelfHostedStatus.RUNNING and shown.ip_address is not None


def _gpus(said: Report) -> DetectedGpus:
    return DetectedGpus(
        gpus=[DetectedGpu(gpu_id=gpu.gpu_id, name=gpu.name, uuid=gpu.uuid, type=gpu.gpu_type) for gpu in said.gpus]
    )
