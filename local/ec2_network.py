"""What rented servers need in a region of the local EC2 before the first is launched: network, groups and image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAME = "gpu-cloud"
NETWORK = "10.20.0.0/16"
SUBNET = "10.20.0.0/20"
IMAGE = "gpu-cloud-server"
ROOT_DISK_GIB = 50


@dataclass(frozen=True)
class Ec2Ids:
    """The ids of one region: a subnet whose servers get public addresses, two security groups and an image."""

    region: str
    subnet_id: str
    open_group_id: str
    closed_group_id: str
    image_id: str

    def parameters(self) -> Mapping[str, str]:
        """For the parameters of the same meaning in .chalice/resources.yaml."""
        return {
            "ServerSubnetId": self.subnet_id,
            "ServerOpenGroupId": self.open_group_id,
            "ServerClosedGroupId": self.closed_group_id,
        }

    def variables(self) -> Mapping[str, str]:
        """For the environment of a function."""
        return {
            "SERVER_SUBNET_ID": self.subnet_id,
            "SERVER_OPEN_GROUP_ID": self.open_group_id,
            "SERVER_CLOSED_GROUP_ID": self.closed_group_id,
        }


def prepare_ec2(client: Any) -> Ec2Ids:
    """Makes them with a boto3 client of the region, or finds those made before."""
    vpc_id = _vpc(client)
    return Ec2Ids(
        region=client.meta.region_name,
        subnet_id=_subnet(client, vpc_id),
        open_group_id=_group(client, vpc_id, f"{NAME}-open", "Rented servers whose owner may reach them", ssh=True),
        closed_group_id=_group(client, vpc_id, f"{NAME}-closed", "Rented servers that let nothing in", ssh=False),
        image_id=_image(client),
    )


def publish_image(ssm: Any, parameter: str, image_id: str) -> None:
    """Puts the image's id where the product looks it up: the SSM parameter that SERVER_IMAGE_PARAMETER names."""
    ssm.put_parameter(Name=parameter, Value=image_id, Type="String", Overwrite=True)


def _vpc(client: Any) -> str:
    found = client.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [NAME]}])["Vpcs"]
    vpc: str = (found[0] if found else client.create_vpc(CidrBlock=NETWORK, **_tagged("vpc"))["Vpc"])["VpcId"]
    return vpc


def _subnet(client: Any, vpc_id: str) -> str:
    found = client.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])["Subnets"]
    if found:
        known: str = found[0]["SubnetId"]
        return known
    zone = client.meta.region_name + "a"
    made = client.create_subnet(VpcId=vpc_id, CidrBlock=SUBNET, AvailabilityZone=zone, **_tagged("subnet"))
    subnet_id: str = made["Subnet"]["SubnetId"]
    client.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": True})
    return subnet_id


def _group(client: Any, vpc_id: str, name: str, description: str, *, ssh: bool) -> str:
    wanted = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": [name]}]
    found = client.describe_security_groups(Filters=wanted)["SecurityGroups"]
    if found:
        known: str = found[0]["GroupId"]
        return known
    group_id: str = client.create_security_group(GroupName=name, Description=description, VpcId=vpc_id)["GroupId"]
    if ssh:
        anywhere = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        client.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[anywhere])
    return group_id


def _image(client: Any) -> str:
    found = client.describe_images(Filters=[{"Name": "name", "Values": [IMAGE]}])["Images"]
    made = found[0] if found else client.register_image(
        Name=IMAGE,
        Architecture="x86_64",
        RootDeviceName="/dev/sda1",
        VirtualizationType="hvm",
        BlockDeviceMappings=[{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": ROOT_DISK_GIB}}],
    )
    image_id: str = made["ImageId"]
    return image_id


def _tagged(kind: str) -> dict[str, Any]:
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": NAME}]}]}
