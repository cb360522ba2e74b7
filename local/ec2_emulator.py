"""Makes moto's EC2 answer as EC2 does where the rentals lean on it.

moto accepts what EC2 refuses (unknown types, a start of a terminated server, a second launch with the same client
token) and jumps over the states between. `prepare` puts the corrections in place, once for the process.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any

from moto import settings
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError, InvalidInstanceIdError, InvalidSecurityGroupNotFoundError
from moto.ec2.models import EC2Backend, ec2_backends, instances
from moto.ec2.models import elastic_network_interfaces as interfaces
from moto.ec2.models.instance_types import INSTANCE_TYPE_OFFERINGS, INSTANCE_TYPES
from moto.ec2.models.instances import InstanceBackend, Reservation
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.utils import filter_reservations

from local.ec2_lifecycle import LocalInstance
from local.ec2_world import World
from local.moved_clock import MovedClock

Records = dict[str, EC2Backend]

_launch = InstanceBackend.run_instances
_answer_launch = InstanceResponse.run_instances


def prepare(world: World, clock: MovedClock) -> None:
    """Corrects moto, and lets its servers live in this world and by this clock."""
    settings.ENABLE_AMI_VALIDATION = True
    LocalInstance.world, LocalInstance.clock = world, clock
    instances.Instance = LocalInstance  # type: ignore[misc]
    vars(interfaces)["random_public_ip"] = lambda: None
    for name, module in list(sys.modules.items()):
        if name.startswith("moto.ec2.") and hasattr(module, "utcnow"):
            vars(module)["utcnow"] = clock.naive_utc
    for owner, corrections in _CORRECTIONS.items():
        for name, correction in corrections.items():
            setattr(owner, name, correction)


def records() -> Records:
    """The emulator's own records by region, of the only account there is."""
    regions: Any = ec2_backends[DEFAULT_ACCOUNT_ID]
    return dict(regions)


def restore(kept: Records) -> None:
    """Replaces the emulator's records."""
    regions: Any = ec2_backends[DEFAULT_ACCOUNT_ID]
    regions.clear()
    for region, backend in kept.items():
        regions[region] = backend


def empty() -> None:
    """Drops servers, disks and interfaces. Networks, groups and images take long to make, and stay."""
    for backend in records().values():
        for kept in (backend.reservations, backend.volumes, backend.enis):
            kept.clear()


def servers(region: str) -> list[LocalInstance]:
    """Every server of a region, also those that describes do not show yet."""
    backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
    return [server for reservation in backend.reservations.values() for server in _of(reservation)]


def forget(server: LocalInstance) -> None:
    """EC2 no longer knows the server; the launch that is repeated with its token still answers it."""
    reservations = server.ec2_backend.reservations
    for key, reservation in list(reservations.items()):
        if server in reservation.instances:
            shown = instances.Reservation(key, reservation.owner_id)
            shown.instances = [each for each in reservation.instances if each is not server]
            reservations[key] = shown


def run_instances(
    self: Any, image_id: str, count: int, user_data: Any, security_group_names: list[str], **options: Any
) -> Reservation:
    """Backend: a launch, refused where EC2 refuses it."""
    _check_type(options["instance_type"], self.region_name)
    self.describe_images(ami_ids=[image_id] if image_id else [])
    _check_capacity(LocalInstance.world, self.region_name, options["instance_type"])
    reservation = _launch(self, image_id, count, user_data, security_group_names, **options)
    for server in _of(reservation):
        for device, block in server.get_block_device_mapping:
            block.delete_on_termination = block.delete_on_termination or device == server.root_device_name
        server.boot()
    return reservation


def start_instances(self: Any, instance_ids: list[str]) -> list[tuple[Any, Any]]:
    """Backend: all of them or none."""
    chosen = _checked(self, instance_ids, "started")
    for server in chosen:
        if server.state == "stopped":
            _check_capacity(LocalInstance.world, self.region_name, server.instance_type)
    return [(server, server.start()) for server in chosen]


def stop_instances(self: Any, instance_ids: list[str], force: bool = False) -> list[tuple[Any, Any]]:
    """Backend: all of them or none."""
    return [(server, server.stop(force)) for server in _checked(self, instance_ids, "stopped")]


def reboot_instances(self: Any, instance_ids: list[str]) -> list[Any]:
    """Backend: all of them or none."""
    return list(_checked(self, instance_ids, "rebooted"))


def all_reservations(self: Any, filters: Any = None) -> list[Reservation]:
    """Backend: what a describe can see; new servers may be hidden for a while."""
    seen = []
    for key, reservation in self.reservations.items():
        copy = instances.Reservation(key, reservation.owner_id)
        copy.instances = [server for server in _of(reservation) if server.hidden_left == 0]
        if copy.instances:
            seen.append(copy)
    return seen if filters is None else filter_reservations(seen, filters)


def get_reservations_by_instance_ids(self: Any, instance_ids: list[str], filters: Any = None) -> list[Reservation]:
    """Backend: the named servers; one that is unknown fails the whole describe."""
    _check_ids(instance_ids)
    wanted = set(instance_ids)
    chosen = []
    for reservation in self.all_reservations():
        reservation.instances = [server for server in reservation.instances if server.id in wanted]
        if reservation.instances:
            chosen.append(reservation)
    found = {server.id for reservation in chosen for server in reservation.instances}
    if wanted - found:
        raise InvalidInstanceIdError([each for each in dict.fromkeys(instance_ids) if each not in found])
    return chosen if filters is None else filter_reservations(chosen, filters)


def modify_instance_security_groups(self: Any, instance_id: str, new_group_id_list: list[str]) -> Any:
    """Backend: the groups of the server and of its interface; an unknown group is refused."""
    server = self.get_instance(instance_id)
    groups = [(group_id, self.get_security_group_from_id(group_id)) for group_id in new_group_id_list]
    for group_id, group in groups:
        if group is None:
            raise InvalidSecurityGroupNotFoundError(group_id)
    server.security_groups = [group for _, group in groups]
    server.nics[0]._group_set = list(server.security_groups)
    return server


def answer_run(self: Any) -> Any:
    """Response: a launch with a client token happens once."""
    token = self._get_param("ClientToken")
    if not token or self._get_param("DryRun", False):
        return _answer_launch(self)
    key = (self.region, token)
    request = json.dumps(sorted((name, value) for name, value in self.querystring.items() if name != "ClientToken"))
    tokens = LocalInstance.world.tokens
    if key not in tokens:
        answer = _answer_launch(self)
        tokens[key] = (request, answer.result)
        return answer
    first_request, reservation = tokens[key]
    if first_request != request:
        text = "Arguments on this idempotent request are inconsistent with arguments used in previous request(s)."
        raise EC2ClientError("IdempotentParameterMismatch", text)
    return ActionResult(reservation)


def answer_stop(self: Any) -> Any:
    """Response: the states as they are, and Force."""
    instance_ids = self._get_param("InstanceIds", [])
    self.error_on_dryrun()
    changes = self.ec2_backend.stop_instances(instance_ids, bool(self._get_param("Force", False)))
    return _changes("StoppingInstances", changes)


def answer_start(self: Any) -> Any:
    """Response: the states as they are."""
    instance_ids = self._get_param("InstanceIds", [])
    self.error_on_dryrun()
    return _changes("StartingInstances", self.ec2_backend.start_instances(instance_ids))


def answer_terminate(self: Any) -> Any:
    """Response: the states as they are."""
    instance_ids = self._get_param("InstanceIds", [])
    self.error_on_dryrun()
    return _changes("TerminatingInstances", self.ec2_backend.terminate_instances(instance_ids))


def _changes(name: str, changes: list[tuple[Any, Any]]) -> ActionResult:
    rows = [
        {
            "InstanceId": server.id,
            "CurrentState": {"Code": server.state_code, "Name": server.state},
            "PreviousState": {"Code": before.code, "Name": before.name},
        }
        for server, before in changes
    ]
    return ActionResult({name: rows})


def _checked(backend: Any, instance_ids: list[str], verb: str) -> list[LocalInstance]:
    _check_ids(instance_ids)
    chosen: list[LocalInstance] = backend.get_multi_instances_by_id(instance_ids)
    for server in chosen:
        server.check(verb)
    return chosen


def _check_ids(instance_ids: list[str]) -> None:
    for each in instance_ids:
        if not re.fullmatch(r"i-([0-9a-f]{8}|[0-9a-f]{17})", each):
            raise EC2ClientError("InvalidInstanceID.Malformed", f'Invalid id: "{each}"')


def _check_type(instance_type: str, region: str) -> None:
    if any(offer["InstanceType"] == instance_type for offer in INSTANCE_TYPE_OFFERINGS["region"].get(region, [])):
        return
    if instance_type in INSTANCE_TYPES:
        text = "The requested configuration is currently not supported. Please check the documentation for supported"
        raise EC2ClientError("Unsupported", f"{text} configurations.")
    raise EC2ClientError("InvalidParameterValue", f"Invalid value '{instance_type}' for InstanceType.")


def _check_capacity(world: World, region: str, instance_type: str) -> None:
    if not world.has_capacity(region, instance_type):
        text = f"We currently do not have sufficient {instance_type} capacity in the Availability Zone you requested."
        raise EC2ClientError("InsufficientInstanceCapacity", text)


def _of(reservation: Reservation) -> Iterable[LocalInstance]:
    return reservation.instances  # type: ignore[return-value]


_CORRECTIONS: dict[type, dict[str, Callable[..., Any]]] = {
    EC2Backend: {
        "run_instances": run_instances,
        "start_instances": start_instances,
        "stop_instances": stop_instances,
        "reboot_instances": reboot_instances,
        "all_reservations": all_reservations,
        "get_reservations_by_instance_ids": get_reservations_by_instance_ids,
        "modify_instance_security_groups": modify_instance_security_groups,
    },
    InstanceResponse: {
        "run_instances": answer_run,
        "start_instances": answer_start,
        "stop_instances": answer_stop,
        "terminate_instances": answer_terminate,
    },
}
