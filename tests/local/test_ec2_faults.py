"""Everything that can go wrong at EC2 can be made to go wrong in the local one."""


import pytest
from botocore.exceptions import HTTPClientError

from tests.engines import Aws
from tests.local.servers import Servers, refused


def test_throttling_refuses_and_has_no_effect(servers: Servers) -> None:
    servers.control("throttle", action="RunInstances", times=2)
    for _ in range(2):
        refused("RequestLimitExceeded", 503, servers.launch, token="token-1")
    assert servers.all_ids() == []
    servers.launch("token-1")


def test_a_lost_answer_leaves_the_server_behind_and_the_token_finds_it(servers: Servers) -> None:
    servers.control("faults", action="RunInstances", effect=True, dropped=True)
    with pytest.raises(HTTPClientError):
        servers.launch("token-1")
    (instance_id,) = servers.all_ids()
    assert servers.launch("token-1") == instance_id


def test_an_error_after_the_effect(servers: Servers) -> None:
    servers.control("faults", action="StopInstances", effect=True)
    instance_id = servers.running()
    refused("InternalError", 500, servers.client.stop_instances, InstanceIds=[instance_id])
    assert servers.state(instance_id) == "stopping"


def test_a_fault_can_wait_name_a_server_and_last_until_it_is_cleared(servers: Servers) -> None:
    first, second = servers.running(), servers.running()
    servers.control(
        "faults", action="DescribeInstances", instance_id=first, code="Unavailable", status=503, times=None, after=1
    )
    servers.state(first)
    servers.state(second)
    for _ in range(3):
        refused("Unavailable", 503, servers.state, instance_id=first)
    servers.control("faults/clear")
    assert servers.state(first) == "running"


def test_a_new_server_may_be_not_found_for_a_while(servers: Servers) -> None:
    servers.control("settings", not_found_describes=2)
    instance_id = servers.launch("token-1")
    for _ in range(2):
        refused("InvalidInstanceID.NotFound", 400, servers.state, instance_id=instance_id)
    assert servers.states(instance_id, 2) == ["pending", "running"]


def test_a_hidden_server_is_not_listed_either_and_can_not_be_terminated(servers: Servers) -> None:
    servers.control("settings", not_found_describes=2)
    instance_id = servers.launch()
    assert servers.all_ids() == []
    refused("InvalidInstanceID.NotFound", 400, servers.client.terminate_instances, InstanceIds=[instance_id])
    assert servers.all_ids() == [instance_id]


def test_a_launch_can_fail_after_it_was_accepted(servers: Servers) -> None:
    servers.control("launches/fail", code="Server.InsufficientInstanceCapacity")
    instance_id = servers.launch()
    assert servers.states(instance_id, 2) == ["pending", "terminated"]
    assert servers.describe(instance_id)["StateReason"]["Code"] == "Server.InsufficientInstanceCapacity"
    assert servers.client.describe_volumes()["Volumes"] == []


def test_a_start_can_fail_after_it_was_accepted_and_keeps_the_server(servers: Servers) -> None:
    instance_id = servers.stopped()
    servers.control("starts/fail", times=2)
    for _ in range(2):
        servers.client.start_instances(InstanceIds=[instance_id])
        assert servers.states(instance_id, 2) == ["pending", "stopped"]
        described = servers.describe(instance_id)
        assert described["StateReason"]["Code"] == "Server.InsufficientInstanceCapacity"
        assert "PublicIpAddress" not in described
    (volume,) = servers.client.describe_volumes()["Volumes"]
    assert volume["Attachments"][0]["InstanceId"] == instance_id
    servers.client.start_instances(InstanceIds=[instance_id])
    assert servers.states(instance_id, 2) == ["pending", "running"]
    assert "StateReason" not in servers.describe(instance_id)


def test_a_stop_can_hang_until_it_is_forced(servers: Servers) -> None:
    servers.control("stops/hang")
    instance_id = servers.running()
    servers.client.stop_instances(InstanceIds=[instance_id])
    assert servers.states(instance_id, 4) == ["stopping"] * 4
    servers.client.stop_instances(InstanceIds=[instance_id])
    assert servers.state(instance_id) == "stopping"
    servers.client.stop_instances(InstanceIds=[instance_id], Force=True)
    assert servers.states(instance_id, 2)[-1] == "stopped"


def test_a_stop_can_hang_even_when_forced(servers: Servers) -> None:
    servers.control("stops/hang", forced_too=True)
    instance_id = servers.running()
    servers.client.stop_instances(InstanceIds=[instance_id], Force=True)
    assert servers.states(instance_id, 3) == ["stopping"] * 3
    servers.control(f"instances/{instance_id}/unhang")
    assert servers.states(instance_id, 2)[-1] == "stopped"


def test_a_hanging_server_can_be_terminated(servers: Servers) -> None:
    servers.control("stops/hang")
    instance_id = servers.running()
    servers.client.stop_instances(InstanceIds=[instance_id])
    servers.client.terminate_instances(InstanceIds=[instance_id])
    assert servers.states(instance_id, 2) == ["shutting-down", "terminated"]


def test_the_provider_can_end_a_server(servers: Servers) -> None:
    instance_id = servers.running()
    servers.control(f"instances/{instance_id}/die")
    described = servers.describe(instance_id)
    assert (described["State"]["Name"], described["StateReason"]["Code"]) == ("terminated", "Server.InternalError")


def test_the_provider_can_stop_a_server(servers: Servers) -> None:
    instance_id = servers.running()
    servers.control(f"instances/{instance_id}/go-down")
    assert servers.states(instance_id, 2) == ["stopping", "stopped"]
    assert servers.describe(instance_id)["StateReason"]["Code"] == "Server.ScheduledStop"
    servers.client.start_instances(InstanceIds=[instance_id])
    assert servers.states(instance_id, 2) == ["pending", "running"]


def test_a_server_can_be_powered_off_from_inside(servers: Servers) -> None:
    instance_id = servers.running()
    servers.control(f"instances/{instance_id}/power-off")
    assert servers.states(instance_id, 2) == ["stopping", "stopped"]
    reason = servers.describe(instance_id)["StateReason"]
    assert reason["Code"] == "Client.InstanceInitiatedShutdown"
    assert reason["Message"] == "Client.InstanceInitiatedShutdown: Instance initiated shutdown"


def test_a_server_launched_to_terminate_at_shutdown_does_so(servers: Servers) -> None:
    instance_id = servers.running(InstanceInitiatedShutdownBehavior="terminate")
    servers.control(f"instances/{instance_id}/power-off")
    assert servers.states(instance_id, 2) == ["shutting-down", "terminated"]


def test_a_server_can_vanish_and_its_token_still_answers_it(servers: Servers) -> None:
    instance_id, other = servers.running(token="token-1"), servers.running()
    servers.control(f"instances/{instance_id}/vanish")
    refused("InvalidInstanceID.NotFound", 400, servers.state, instance_id=instance_id)
    assert servers.all_ids() == [other]
    assert servers.launch("token-1") == instance_id


def test_ended_servers_are_forgotten_after_a_while(servers: Servers) -> None:
    servers.control("settings", terminated_visible_seconds=-1)
    instance_id = servers.running()
    servers.client.terminate_instances(InstanceIds=[instance_id])
    servers.states(instance_id, 2)
    refused("InvalidInstanceID.NotFound", 400, servers.state, instance_id=instance_id)


def test_calls_are_listed(servers: Servers, ec2_aws: Aws) -> None:
    instance_id = servers.launch("token-1")
    servers.state(instance_id)
    calls = ec2_aws.control("calls")["calls"][-2:]
    assert [call["action"] for call in calls] == ["RunInstances", "DescribeInstances"]
    assert calls[0]["parameters"]["ClientToken"] == "token-1"


def test_unknown_controls_and_unknown_fields_are_refused(ec2_aws: Aws) -> None:
    for what, body in (("nonsense", {}), ("settings", {"nonsense": 1}), ("instances/i-0/die", {})):
        with pytest.raises(OSError, match="HTTP Error 40"):
            ec2_aws.control(what, **body)
