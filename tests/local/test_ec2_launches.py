"""Launches in the local EC2: client tokens, refusals, and what is kept of the request."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local.servers import Servers, refused


def test_a_launch_repeated_with_its_token_answers_the_first_server(servers: Servers) -> None:
    assert servers.launch("token-1") == servers.launch("token-1")
    assert len(servers.all_ids()) == 1


def test_simultaneous_launches_with_one_token_make_one_server(servers: Servers) -> None:
    with ThreadPoolExecutor(8) as pool:
        launched = set(pool.map(lambda _: servers.launch("token-1"), range(8)))
    assert len(launched) == 1 == len(servers.all_ids())


def test_a_token_used_with_other_parameters_is_refused(servers: Servers) -> None:
    servers.launch("token-1")
    refused("IdempotentParameterMismatch", 400, servers.launch, token="token-1", InstanceType="g5.2xlarge")
    refused("IdempotentParameterMismatch", 400, servers.launch, token="token-1", UserData="#cloud-config")


def test_another_token_makes_another_server(servers: Servers) -> None:
    assert servers.launch("token-1") != servers.launch("token-2")


def test_a_token_of_an_ended_server_still_answers_that_server(servers: Servers) -> None:
    instance_id = servers.launch("token-1")
    servers.client.terminate_instances(InstanceIds=[instance_id])
    assert servers.launch("token-1") == instance_id


def test_a_refused_launch_does_not_use_up_its_token(servers: Servers) -> None:
    servers.control("capacity", instance_type="g5.xlarge", available=False)
    refused("InsufficientInstanceCapacity", 500, servers.launch, token="token-1")
    servers.control("capacity", instance_type="g5.xlarge", available=True)
    assert servers.all_ids() == []
    assert servers.state(servers.launch("token-1")) == "pending"


def test_a_repeated_launch_is_answered_even_without_capacity(servers: Servers) -> None:
    instance_id = servers.launch("token-1")
    servers.control("capacity", instance_type="g5.xlarge", available=False)
    assert servers.launch("token-1") == instance_id


def test_no_capacity_is_of_a_type_and_a_region(servers: Servers) -> None:
    servers.control("capacity", instance_type="p5.48xlarge", available=False, region="us-east-1")
    refused("InsufficientInstanceCapacity", 500, servers.launch, InstanceType="p5.48xlarge")
    servers.launch(InstanceType="g4dn.xlarge")


def test_an_unknown_image_is_refused(servers: Servers) -> None:
    refused("InvalidAMIID.NotFound", 400, servers.launch, ImageId="ami-0123456789abcdef0")
    refused("InvalidAMIID.Malformed", 400, servers.launch, ImageId="ubuntu")


def test_an_unknown_type_is_refused(servers: Servers) -> None:
    message = refused("InvalidParameterValue", 400, servers.launch, InstanceType="g99.xlarge")
    assert message == "Invalid value 'g99.xlarge' for InstanceType."


def test_a_type_that_the_region_does_not_offer_is_refused(servers: Servers) -> None:
    refused("Unsupported", 400, servers.launch, InstanceType="p5e.48xlarge")


def test_an_unknown_group_is_refused(servers: Servers) -> None:
    refused("InvalidGroup.NotFound", 400, servers.launch, SecurityGroupIds=["sg-0123456789abcdef0"])
    assert servers.all_ids() == []


@pytest.mark.parametrize(
    "instance_type",
    ["g4dn.xlarge", "g5.xlarge", "g6.xlarge", "g6e.xlarge", "p4d.24xlarge", "p5.48xlarge", "p5en.48xlarge"],
)
def test_gpu_types_from_t4_to_h200_can_be_launched(servers: Servers, instance_type: str) -> None:
    servers.launch(InstanceType=instance_type)


def test_metadata_options_and_shutdown_behaviour_are_kept(servers: Servers) -> None:
    options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"}
    instance_id = servers.launch(MetadataOptions=options)
    assert options.items() <= servers.describe(instance_id)["MetadataOptions"].items()


def test_tags_of_servers_and_volumes_are_kept_and_found(servers: Servers) -> None:
    tags = [{"Key": "rental", "Value": "ren_1"}, {"Key": "stage", "Value": "local"}]
    specifications = [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")]
    instance_id = servers.launch(TagSpecifications=specifications)
    servers.launch()
    wanted = [{"Name": "tag:rental", "Values": ["ren_1"]}]
    found = servers.client.describe_instances(Filters=wanted)["Reservations"]
    assert [each["InstanceId"] for reservation in found for each in reservation["Instances"]] == [instance_id]
    (volume,) = servers.client.describe_volumes(Filters=wanted)["Volumes"]
    assert volume["Attachments"][0]["InstanceId"] == instance_id
    assert {"Key": "stage", "Value": "local"} in volume["Tags"]


def test_user_data_can_be_read_back(servers: Servers) -> None:
    instance_id = servers.launch(UserData="#cloud-config\nusers: []\n")
    answer = servers.client.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
    assert base64.b64decode(answer["UserData"]["Value"]) == b"#cloud-config\nusers: []\n"
