"""Servers on EC2. Client tokens make launches safe to repeat; everything else on EC2 is so by itself.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/ (RunInstances, errors-overview, Run_Instance_Idempotency,
API_StateReason)
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import boto3
import yaml
from botocore.config import Config as ClientConfig
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from chalicelib.errors import OutcomeUnknown
from chalicelib.instances.cloud_init import cloud_config
from chalicelib.instances.policy import Placement
from chalicelib.instances.provider import (
    GONE,
    LaunchOrder,
    NoCapacity,
    Refused,
    Server,
    ServerNotFound,
    ServerState,
    Throttled,
    Volume,
    WrongState,
)
from chalicelib.instances.rental import NO_CAPACITY

Answer = TypeVar("Answer")

RENTAL_TAG = "gpu-cloud-rental"
ACCOUNT_TAG = "gpu-cloud-account"
STAGE_TAG = "gpu-cloud-stage"
POWERED_OFF_INSIDE = "Client.InstanceInitiatedShutdown"
TAKEN_BACK = {
    "Server.InsufficientInstanceCapacity": NO_CAPACITY,
    "Server.InternalError": "Server.InternalError",
    "Client.InternalError": "Client.InternalError",
    "Client.InvalidSnapshot.NotFound": "Client.InvalidSnapshot.NotFound",
    "Client.VolumeLimitExceeded": "Client.VolumeLimitExceeded",
}
"""What EC2 gives as the reason where it accepted a launch or a start and did not carry it out, and what we call it."""

# One try: EC2 says "no capacity" with a 500, which the SDK would repeat for seconds; the driver looks again by itself.
_CLIENT = ClientConfig(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 1})

_MEANINGS: dict[str, type[Refused]] = {
    "InsufficientInstanceCapacity": NoCapacity,
    "InsufficientHostCapacity": NoCapacity,
    "InsufficientCapacity": NoCapacity,
    "InstanceLimitExceeded": NoCapacity,
    "VcpuLimitExceeded": NoCapacity,
    "RequestLimitExceeded": Throttled,
    "Throttling": Throttled,
    "ThrottlingException": Throttled,
    "EC2ThrottledException": Throttled,
    "InvalidInstanceID.NotFound": ServerNotFound,
    "IncorrectInstanceState": WrongState,
    "IncorrectState": WrongState,
}


class Ec2:
    """A Provider."""

    def __init__(self, stage: str, placement: Placement) -> None:
        self._stage = stage
        self._placement = placement
        self._clients: dict[str, Any] = {}

    def image(self, region: str) -> str:
        """The value of the SSM parameter that holds the image's id."""
        ssm = boto3.client("ssm", region_name=region, config=_CLIENT)
        answer = _asked(partial(ssm.get_parameter, Name=self._placement.image_parameter))
        image_id: str = answer["Parameter"]["Value"]
        return image_id

    def launch(self, order: LaunchOrder) -> Server:
        """RunInstances of exactly one, with our tags on the server and on its disk."""
        region = order.offer.region
        request = self._run_request(order)
        answer = _asked(partial(self._ec2(region).run_instances, **request))
        return self._server(answer["Instances"][0], region)

    def find(self, region: str, rental_id: str) -> Server | None:
        """By tag. Were there two, the older one: always the same."""
        found = self._described(region, [_tagged(RENTAL_TAG, rental_id), self._ours()])
        present = [server for server in found if server.state not in GONE]
        return min(present, key=lambda server: (server.launched_at, server.server_id), default=None)

    def describe(self, region: str, server_ids: Sequence[str]) -> Mapping[str, Server]:
        """By a filter: an id that is not known is left out, where naming it would fail the whole call."""
        if not server_ids:
            return {}
        ids = {"Name": "instance-id", "Values": list(server_ids)}
        return {server.server_id: server for server in self._described(region, [ids])}

    def start(self, region: str, server_id: str) -> None:
        """StartInstances: a new request for capacity."""
        _asked(partial(self._ec2(region).start_instances, InstanceIds=[server_id]))

    def stop(self, region: str, server_id: str, *, force: bool) -> None:
        """StopInstances; by force without waiting for the operating system."""
        _asked(partial(self._ec2(region).stop_instances, InstanceIds=[server_id], Force=force))

    def reboot(self, region: str, server_id: str) -> None:
        """RebootInstances."""
        _asked(partial(self._ec2(region).reboot_instances, InstanceIds=[server_id]))

    def terminate(self, region: str, server_id: str) -> None:
        """TerminateInstances."""
        _asked(partial(self._ec2(region).terminate_instances, InstanceIds=[server_id]))

    def open_access(self, region: str, server_id: str) -> None:
        """Put the server into the group that lets SSH in."""
        self._swap_group(region, server_id, self._placement.open_group_id)

    def close_access(self, region: str, server_id: str) -> None:
        """Put the server into the group that lets nothing in."""
        self._swap_group(region, server_id, self._placement.closed_group_id)

    def servers(self, region: str) -> Iterator[Server]:
        """All of our stage that are not gone."""
        yield from (server for server in self._described(region, [self._ours()]) if server.state not in GONE)

    def volumes(self, region: str) -> Iterator[Volume]:
        """All disks of our stage."""
        pages = self._ec2(region).get_paginator("describe_volumes").paginate(Filters=[self._ours()])
        for page in _asked(lambda: list(pages)):
            for volume in page["Volumes"]:
                yield _volume(volume, region)

    def _swap_group(self, region: str, server_id: str, group_id: str) -> None:
        _asked(partial(self._ec2(region).modify_instance_attribute, InstanceId=server_id, Groups=[group_id]))

    def _described(self, region: str, filters: list[dict[str, Any]]) -> Iterator[Server]:
        pages = self._ec2(region).get_paginator("describe_instances").paginate(Filters=filters)
        for page in _asked(lambda: list(pages)):
            for reservation in page["Reservations"]:
                for instance in reservation["Instances"]:
                    yield self._server(instance, region)

    def _server(self, instance: Mapping[str, Any], region: str) -> Server:
        tags, reason = _tags(instance), instance.get("StateReason", {}).get("Code")
        state = ServerState(instance["State"]["Name"])
        groups = {group["GroupId"] for group in instance.get("SecurityGroups", ())}
        return Server(
            server_id=instance["InstanceId"],
            state=state,
            address=instance.get("PublicIpAddress"),
            access_open=self._placement.open_group_id in groups,
            powered_off_inside=reason == POWERED_OFF_INSIDE,
            refusal=None if state in (ServerState.PENDING, ServerState.RUNNING) else TAKEN_BACK.get(reason),
            rental_id=tags.get(RENTAL_TAG),
            account_id=tags.get(ACCOUNT_TAG),
            launched_at=int(instance["LaunchTime"].timestamp()),
            region=region,
        )

    def _ours(self) -> dict[str, Any]:
        return _tagged(STAGE_TAG, self._stage)

    def _ec2(self, region: str) -> Any:
        if region not in self._clients:
            self._clients[region] = boto3.client("ec2", region_name=region, config=_CLIENT)
        return self._clients[region]

    def _run_request(self, order: LaunchOrder) -> dict[str, Any]:
        tags = {
            "Name": order.name,
            RENTAL_TAG: order.rental_id,
            ACCOUNT_TAG: order.account_id,
            STAGE_TAG: self._stage,
        }
        tag_list = [{"Key": key, "Value": value} for key, value in tags.items()]
        disk = {"VolumeSize": order.offer.disk_gb, "VolumeType": "gp3", "Encrypted": True, "DeleteOnTermination": True}
        network = {
            "DeviceIndex": 0,
            "SubnetId": self._placement.subnet_id,
            "Groups": [self._placement.closed_group_id],
            "AssociatePublicIpAddress": True,
        }
        return {
            "ImageId": order.image_id,
            "InstanceType": order.offer.instance_type,
            "MinCount": 1,
            "MaxCount": 1,
            "ClientToken": order.token,
            "UserData": user_data(order),
            "NetworkInterfaces": [network],
            "BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": disk}],
            "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 1},
            "InstanceInitiatedShutdownBehavior": "stop",
            "TagSpecifications": [
                {"ResourceType": "instance", "Tags": tag_list},
                {"ResourceType": "volume", "Tags": tag_list},
            ],
        }


def user_data(order: LaunchOrder) -> str:
    """The cloud-config document of a launch; the dumper quotes what needs it."""
    config = cloud_config(order.name, order.public_keys, order.daemon)
    dumped: str = yaml.safe_dump(config, sort_keys=True, width=20_000)
    return "#cloud-config\n" + dumped


def _asked(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except ClientError as error:
        raise _meaning(error) from error
    except (BotoCoreError, ResponseParserError) as error:
        raise OutcomeUnknown(str(error)) from error


def _meaning(error: ClientError) -> Refused | OutcomeUnknown:
    code = error.response["Error"].get("Code", "")
    message = error.response["Error"].get("Message", "")
    if code in _MEANINGS:
        return _MEANINGS[code](code, message)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    if status >= 500 or code == "IdempotentParameterMismatch":
        return OutcomeUnknown(f"{code}: {message}")
    return Refused(code, message)


def _tagged(tag: str, value: str) -> dict[str, Any]:
    return {"Name": f"tag:{tag}", "Values": [value]}


def _tags(described: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}


def _volume(volume: Mapping[str, Any], region: str) -> Volume:
    tags = _tags(volume)
    attached = [attachment["InstanceId"] for attachment in volume.get("Attachments", [])]
    return Volume(
        volume_id=volume["VolumeId"],
        region=region,
        server_id=attached[0] if attached else None,
        rental_id=tags.get(RENTAL_TAG),
        account_id=tags.get(ACCOUNT_TAG),
        created_at=int(volume["CreateTime"].timestamp()),
    )
