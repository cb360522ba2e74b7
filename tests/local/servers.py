"""What the tests do with the local EC2, in few words."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.ec2_network import Ec2Ids
from tests.engines import Aws


class Servers:
    """What a test does with the local EC2, in few words."""

    def __init__(self, aws: Aws, ids: Ec2Ids) -> None:
        self.client, self.control, self.ids = aws.client("ec2"), aws.control, ids

    def launch(self, token: str = "", **changes: Any) -> str:
        """The id of a new server."""
        arguments = {
            "ImageId": self.ids.image_id,
            "InstanceType": "g5.xlarge",
            "MinCount": 1,
            "MaxCount": 1,
            "SubnetId": self.ids.subnet_id,
            "SecurityGroupIds": [self.ids.open_group_id],
            **({"ClientToken": token} if token else {}),
            **changes,
        }
        instance_id: str = self.client.run_instances(**arguments)["Instances"][0]["InstanceId"]
        return instance_id

    def running(self, **changes: Any) -> str:
        """The id of a server that has come up."""
        instance_id = self.launch(**changes)
        assert self.states(instance_id, 2) == ["pending", "running"]
        return instance_id

    def stopped(self) -> str:
        """The id of a server that has been stopped."""
        instance_id = self.running()
        self.client.stop_instances(InstanceIds=[instance_id])
        assert self.states(instance_id, 2) == ["stopping", "stopped"]
        return instance_id

    def describe(self, instance_id: str) -> dict[str, Any]:
        """The server as EC2 describes it."""
        answer = self.client.describe_instances(InstanceIds=[instance_id])
        server: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
        return server

    def state(self, instance_id: str) -> str:
        """The state of a server; asking moves it on."""
        name: str = self.describe(instance_id)["State"]["Name"]
        return name

    def states(self, instance_id: str, count: int) -> list[str]:
        """The states that so many describes see."""
        return [self.state(instance_id) for _ in range(count)]

    def all_ids(self) -> list[str]:
        """Every server described, ended ones included."""
        reservations = self.client.describe_instances()["Reservations"]
        return [server["InstanceId"] for reservation in reservations for server in reservation["Instances"]]


def refused(code: str, status: int, call: Any, **arguments: Any) -> str:
    """The message of a refusal with this code and HTTP status."""
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    response = refusal.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    message: str = response["Error"]["Message"]
    return message


@pytest.fixture
def servers(ec2_aws: Aws, ec2_ids: Ec2Ids) -> Servers:
    """The emptied local EC2."""
    return Servers(ec2_aws, ec2_ids)
