"""Servers on EC2: the contract of a provider on the local EC2, and what goes over the wire."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from chalicelib.adapters import ec2 as adapter
from chalicelib.adapters.ec2 import Ec2
from chalicelib.errors import OutcomeUnknown
from chalicelib.instances.policy import Placement
from chalicelib.instances.provider import NoCapacity, Refused, ServerState, Throttled
from chalicelib.instances.rental import NO_CAPACITY
from local.ec2_network import Ec2Ids, publish_image
from tests.engines import Aws
from tests.instances.provider_contract import REGION, Bench, Hand, ProviderContract

PARAMETER = "/test/image"
ACTIONS = {
    "launch": "RunInstances",
    "find": "DescribeInstances",
    "describe": "DescribeInstances",
    "servers": "DescribeInstances",
    "volumes": "DescribeVolumes",
    "start": "StartInstances",
    "stop": "StopInstances",
    "reboot": "RebootInstances",
    "terminate": "TerminateInstances",
    "open_access": "ModifyInstanceAttribute",
    "close_access": "ModifyInstanceAttribute",
}


STATE_REASONS = {NO_CAPACITY: "Server.InsufficientInstanceCapacity"}
"""What EC2 calls what has a word of ours."""


class Ec2Bench:
    """The adapter on the local EC2, whose servers move on when they are described."""

    def __init__(self, aws: Aws, ids: Ec2Ids) -> None:
        self.aws, self.ids, self.image_id = aws, ids, ids.image_id
        placement = Placement(PARAMETER, ids.subnet_id, ids.open_group_id, ids.closed_group_id)
        self.provider = Ec2("test", placement)

    def pass_time(self) -> None:
        list(self.provider.servers(REGION))

    def access_is_open(self, server_id: str) -> bool:
        (server,) = (each for each in self.aws.control("state")["servers"] if each["id"] == server_id)
        assert server["groups"] in ([self.ids.open_group_id], [self.ids.closed_group_id])
        return bool(server["groups"] == [self.ids.open_group_id])

    def lose_capacity(self) -> None:
        self.aws.control("capacity", instance_type="g5.xlarge", available=False)

    def regain_capacity(self) -> None:
        self.aws.control("capacity", instance_type="g5.xlarge", available=True)

    def refuse(self, verb: str, code: str) -> None:
        self.aws.control("faults", action=ACTIONS[verb], code=code, status=403)

    def throttle(self, verb: str) -> None:
        self.aws.control("throttle", action=ACTIONS[verb])

    def lose_answer(self, verb: str) -> None:
        self.aws.control("faults", action=ACTIONS[verb], effect=True, dropped=True)

    def lose_request(self, verb: str) -> None:
        self.aws.control("faults", action=ACTIONS[verb], dropped=True)

    def hide_new_servers(self) -> None:
        self.aws.control("settings", not_found_describes=3)

    def hang_next_stop(self) -> None:
        self.aws.control("stops/hang")

    def fail_next_launch(self, word: str) -> None:
        self.aws.control("launches/fail", code=STATE_REASONS.get(word, word))

    def fail_next_start(self, word: str) -> None:
        self.aws.control("starts/fail", code=STATE_REASONS.get(word, word))

    def die(self, server_id: str) -> None:
        self.aws.control(f"instances/{server_id}/die")

    def go_down(self, server_id: str) -> None:
        self.aws.control(f"instances/{server_id}/go-down")

    def power_off(self, server_id: str) -> None:
        self.aws.control(f"instances/{server_id}/power-off")

    def vanish(self, server_id: str) -> None:
        self.aws.control(f"instances/{server_id}/vanish")


@pytest.fixture
def bench(ec2_aws: Aws, ec2_ids: Ec2Ids, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ec2Bench]:
    """The emptied local EC2, reached as a function reaches EC2: by its environment."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL_EC2", ec2_aws.engine.url)
    yield Ec2Bench(ec2_aws, ec2_ids)


class TestEc2(ProviderContract):
    """The real adapter keeps the contract that the fake keeps."""

    @pytest.fixture
    def bench(self, bench: Bench) -> Bench:
        return bench


def described(bench: Ec2Bench, server_id: str) -> dict[str, Any]:
    answer = bench.aws.client("ec2").describe_instances(InstanceIds=[server_id])
    server: dict[str, Any] = answer["Reservations"][0]["Instances"][0]
    return server


def test_a_launch_is_tagged_encrypted_and_closed(bench: Ec2Bench) -> None:
    server_id = Hand(bench).running()
    server = described(bench, server_id)
    tags = {tag["Key"]: tag["Value"] for tag in server["Tags"]}
    expected = {
        "Name": "box",
        "gpu-cloud-rental": "rent_one",
        "gpu-cloud-account": "acct_test",
        "gpu-cloud-stage": "test",
    }
    assert expected.items() <= tags.items()
    assert (server["ImageId"], server["InstanceType"]) == (bench.image_id, "g5.xlarge")
    assert server["MetadataOptions"]["HttpTokens"] == "required"
    assert (server["SubnetId"], "IamInstanceProfile" in server) == (bench.ids.subnet_id, False)
    (volume,) = bench.aws.client("ec2").describe_volumes()["Volumes"]
    assert (volume["Size"], volume["Encrypted"], volume["VolumeType"]) == (100, True, "gp3")
    assert expected.items() <= {tag["Key"]: tag["Value"] for tag in volume["Tags"]}.items()


def test_the_first_boot_is_a_cloud_config_with_the_keys(bench: Ec2Bench) -> None:
    server_id = Hand(bench).launch()
    client = bench.aws.client("ec2")
    answer = client.describe_instance_attribute(InstanceId=server_id, Attribute="userData")
    text = base64.b64decode(answer["UserData"]["Value"]).decode()
    assert text.startswith("#cloud-config\n")
    config = yaml.safe_load(text)
    assert (config["hostname"], config["ssh_pwauth"]) == ("box", False)
    assert config["ssh_authorized_keys"] == ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0 a@b"]


def test_only_servers_and_disks_of_our_stage_are_ours(bench: Ec2Bench) -> None:
    Hand(bench).running()
    elsewhere = Ec2("other", Placement(PARAMETER, bench.ids.subnet_id, "sg-a", bench.ids.closed_group_id))
    assert (list(elsewhere.servers(REGION)), list(elsewhere.volumes(REGION))) == ([], [])
    assert elsewhere.find(REGION, "rent_one") is None


def test_of_two_servers_with_one_tag_the_older_one_is_found(bench: Ec2Bench, ec2_aws: Aws) -> None:
    hand = Hand(bench)
    first = hand.running("rent_one-1")
    ec2_aws.move_clock(100)
    hand.running("rent_one-2")
    for _ in range(3):
        found = hand.provider.find(REGION, "rent_one")
        assert found is not None and found.server_id == first


def test_one_call_is_one_try(bench: Ec2Bench) -> None:
    """EC2 says "no capacity" with a 500, which the SDK would repeat for seconds."""
    bench.lose_capacity()
    with pytest.raises(NoCapacity):
        Hand(bench).launch()
    calls = [call["action"] for call in bench.aws.control("calls")["calls"]]
    assert calls.count("RunInstances") == 1


@pytest.mark.parametrize(
    ("state", "reason", "refusal"),
    [
        ("stopped", "Server.InsufficientInstanceCapacity", NO_CAPACITY),
        ("stopping", "Server.InsufficientInstanceCapacity", NO_CAPACITY),
        ("terminated", "Server.InternalError", "Server.InternalError"),
        ("terminated", "Client.VolumeLimitExceeded", "Client.VolumeLimitExceeded"),
        ("pending", "Server.InsufficientInstanceCapacity", None),
        ("running", "Server.InternalError", None),
        ("stopped", "Server.ScheduledStop", None),
        ("stopped", "Client.UserInitiatedShutdown", None),
        ("stopped", "Client.InstanceInitiatedShutdown", None),
    ],
)
def test_what_the_reason_of_a_state_means(state: str, reason: str, refusal: str | None) -> None:
    """What EC2 accepted and did not carry out is told from a stop by its owner, from inside, or for a retirement."""
    instance = {
        "InstanceId": "i-1",
        "State": {"Name": state},
        "StateReason": {"Code": reason, "Message": ""},
        "LaunchTime": datetime(2026, 1, 1, tzinfo=UTC),
    }
    server = Ec2("test", Placement(PARAMETER, "", "", ""))._server(instance, REGION)
    assert (server.state, server.refusal) == (ServerState(state), refusal)
    assert server.powered_off_inside is (reason == "Client.InstanceInitiatedShutdown")


def test_the_image_is_the_value_of_the_parameter(
    bench: Ec2Bench, ministack_engine: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", ministack_engine.engine.url)
    publish_image(ministack_engine.client("ssm"), PARAMETER, "ami-1")
    assert bench.provider.image(REGION) == "ami-1"
    nowhere = Ec2("test", Placement("/test/none", "", "", ""))
    with pytest.raises(Refused) as refusal:
        nowhere.image(REGION)
    assert refusal.value.code == "ParameterNotFound"


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("InsufficientInstanceCapacity", 500, NoCapacity),
        ("VcpuLimitExceeded", 400, NoCapacity),
        ("RequestLimitExceeded", 503, Throttled),
        ("UnauthorizedOperation", 403, Refused),
        ("InvalidAMIID.NotFound", 400, Refused),
        ("IdempotentInstanceTerminated", 400, Refused),
        ("IdempotentParameterMismatch", 400, OutcomeUnknown),
        ("InternalError", 500, OutcomeUnknown),
        ("Unavailable", 503, OutcomeUnknown),
        ("", 502, OutcomeUnknown),
    ],
)
def test_what_an_error_means(code: str, status: int, meaning: type[Exception]) -> None:
    """Only what is definite is a refusal: a server error may have happened after the launch."""
    answer = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": {"HTTPStatusCode": status}}

    def call() -> None:
        raise ClientError(answer, "RunInstances")  # type: ignore[arg-type]

    with pytest.raises(meaning) as raised:
        adapter._asked(call)
    assert type(raised.value) is meaning
