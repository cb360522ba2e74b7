"""How daemons' reports and self-hosted servers look on the wire."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from chalicelib.api.shapes_machines import DaemonKey, DaemonOrders, Gpu, Heartbeat, SelfHosted, SelfHostedToken
from chalicelib.bootstrap import services
from chalicelib.clock import iso, iso_or_none
from chalicelib.instances import machines, report

if TYPE_CHECKING:
    from chalicelib.instances.heartbeat import Orders
    from chalicelib.instances.rental import Rental
    from chalicelib.instances.self_hosted import Registered


def report_of(said: Heartbeat) -> report.Report:
    """A heartbeat's words as the daemon's report, not checked yet."""
    return report.Report(
        cpu_type=said.cpu_type,
        cpu_cores=said.cpu_cores,
        memory_bytes=said.memory_bytes,
        shm_total_bytes=said.shm_total_bytes,
        shm_used_bytes=said.shm_used_bytes,
        gpus=tuple(report.Gpu(gpu.id, gpu.name, gpu.uuid, gpu.type, gpu.memory_bytes) for gpu in said.gpus),
        host_user=said.host_user,
        address=said.address,
        applied_key_ids=tuple(said.applied_key_ids),
    )


def orders_of(orders: "Orders") -> DaemonOrders:
    """What a daemon is told."""
    keys = [DaemonKey(id=key.key_id, public_key=key.canonical) for key in orders.keys]
    return DaemonOrders(keys=keys, next_in_seconds=orders.next_in_seconds, token=orders.token)


def gpus_of(heard: machines.Heard | None) -> list[Gpu]:
    """The GPUs that a daemon has found; none before it was heard."""
    return [
        Gpu(id=gpu.gpu_id, name=gpu.name, uuid=gpu.uuid, type=gpu.gpu_type, memory_bytes=gpu.memory_bytes)
        for gpu in (heard.report.gpus if heard else ())
    ]


def heard_from(rental: "Rental") -> machines.Heard | None:
    """What a rented server's daemon said last, by one read; before there is a server, by none."""
    if rental.server_id is None:
        return None
    return services().machines_store.heard(rental.account_id, rental.rental_id)


def heard_from_all(rentals: Sequence["Rental"]) -> Mapping[str, machines.Heard]:
    """The same of several rentals of one account, by one query, under their ids."""
    if not rentals:
        return {}
    ids = sorted(rental.rental_id for rental in rentals)
    return services().machines_store.heard_between(rentals[0].account_id, ids[0], ids[-1])


def as_heard_now(rental: "Rental", heard: machines.Heard | None) -> "Rental":
    """A rental as people see it at this moment."""
    return machines.as_heard(rental, heard, services().clock(), services().config.patience.silent)


def self_hosted_of(server: machines.SelfHosted) -> SelfHosted:
    """How a server stands now."""
    status = status_now(server)
    heard = server.heard
    said = heard.report if heard else None
    return SelfHosted(
        id=server.machine_id,
        name=server.name,
        status=status,
        status_label=machines.SELF_HOSTED_LABELS[status],
        created_at=iso(server.created_at),
        deleted_at=iso_or_none(server.deleted_at),
        last_heartbeat_at=iso_or_none(heard.at if heard else None),
        address=said.address if said else None,
        host_user=said.host_user if said else None,
        cpu_type=said.cpu_type if said else None,
        cpu_cores=said.cpu_cores if said else None,
        memory_bytes=said.memory_bytes if said else None,
        shm_total_bytes=said.shm_total_bytes if said else None,
        shm_used_bytes=said.shm_used_bytes if said else None,
        gpus=gpus_of(heard),
        key_ids=list(said.applied_key_ids) if said else [],
    )


def status_now(server: machines.SelfHosted) -> machines.SelfHostedStatus:
    """Its status at this moment."""
    return machines.self_hosted_status(server, services().clock(), services().config.patience.silent)


def with_token(registered: "Registered") -> SelfHostedToken:
    """A server with its new token."""
    return SelfHostedToken(server=self_hosted_of(registered.server), token=registered.token, command=registered.command)
