"""Addresses, groups, disks and regions of the local EC2."""

import ipaddress

from local.ec2_network import prepare_ec2
from tests.engines import Aws
from tests.local.servers import Servers, refused


def test_every_start_brings_a_new_address_of_the_documentation_range(servers: Servers) -> None:
    instance_id = servers.running()
    addresses = []
    for _ in range(3):
        addresses.append(servers.describe(instance_id)["PublicIpAddress"])
        servers.client.stop_instances(InstanceIds=[instance_id])
        servers.states(instance_id, 2)
        assert "PublicIpAddress" not in servers.describe(instance_id)
        servers.client.start_instances(InstanceIds=[instance_id])
        assert "PublicIpAddress" not in servers.describe(instance_id)
        assert servers.state(instance_id) == "running"
    assert len(set(addresses)) == 3
    documentation = ipaddress.ip_network("203.0.113.0/24")
    assert all(ipaddress.ip_address(address) in documentation for address in addresses)


def test_an_ended_server_has_no_address(servers: Servers) -> None:
    instance_id = servers.running()
    servers.client.terminate_instances(InstanceIds=[instance_id])
    servers.states(instance_id, 2)
    assert "PublicIpAddress" not in servers.describe(instance_id)


def test_groups_of_a_server_can_be_swapped(servers: Servers) -> None:
    instance_id = servers.running()
    closed = servers.ids.closed_group_id
    servers.client.modify_instance_attribute(InstanceId=instance_id, Groups=[closed])
    described = servers.describe(instance_id)
    assert [group["GroupId"] for group in described["SecurityGroups"]] == [closed]
    assert [group["GroupId"] for group in described["NetworkInterfaces"][0]["Groups"]] == [closed]
    refused(
        "InvalidGroup.NotFound",
        400,
        servers.client.modify_instance_attribute,
        InstanceId=instance_id,
        Groups=["sg-0123456789abcdef0"],
    )


def test_groups_given_with_a_network_interface_are_the_servers_groups(servers: Servers) -> None:
    interface = {
        "DeviceIndex": 0,
        "SubnetId": servers.ids.subnet_id,
        "Groups": [servers.ids.closed_group_id],
        "AssociatePublicIpAddress": True,
    }
    reservation = servers.client.run_instances(
        ImageId=servers.ids.image_id,
        InstanceType="g5.xlarge",
        MinCount=1,
        MaxCount=1,
        NetworkInterfaces=[interface],
    )
    described = servers.describe(reservation["Instances"][0]["InstanceId"])
    assert [group["GroupId"] for group in described["SecurityGroups"]] == [servers.ids.closed_group_id]


def test_the_closed_group_lets_nothing_in_and_the_open_one_ssh(servers: Servers) -> None:
    groups = servers.client.describe_security_groups(
        GroupIds=[servers.ids.open_group_id, servers.ids.closed_group_id]
    )["SecurityGroups"]
    by_id = {group["GroupId"]: group["IpPermissions"] for group in groups}
    assert by_id[servers.ids.closed_group_id] == []
    (rule,) = by_id[servers.ids.open_group_id]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 22, 22)


def test_the_disk_goes_with_its_server_and_a_disk_to_be_kept_stays(servers: Servers) -> None:
    disks = [
        {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 200, "VolumeType": "gp3"}},
        {"DeviceName": "/dev/sdf", "Ebs": {"VolumeSize": 10, "DeleteOnTermination": False}},
    ]
    instance_id = servers.running(BlockDeviceMappings=disks)
    assert sorted(volume["Size"] for volume in servers.client.describe_volumes()["Volumes"]) == [10, 200]
    servers.client.terminate_instances(InstanceIds=[instance_id])
    servers.states(instance_id, 2)
    (left,) = servers.client.describe_volumes()["Volumes"]
    assert (left["Size"], left["State"]) == (10, "available")


def test_preparing_a_region_twice_finds_what_is_there(servers: Servers) -> None:
    assert prepare_ec2(servers.client) == servers.ids


def test_regions_are_separate_and_share_the_addresses(ec2_aws: Aws, servers: Servers) -> None:
    north_aws = Aws(ec2_aws.engine, "eu-north-1")
    north = Servers(north_aws, prepare_ec2(north_aws.client("ec2")))
    here, there = servers.running(), north.running()
    assert north.all_ids() == [there] and servers.all_ids() == [here]
    assert north.describe(there)["PublicIpAddress"] != servers.describe(here)["PublicIpAddress"]
    refused("InvalidAMIID.NotFound", 400, north.launch, ImageId=servers.ids.image_id)
