"""States in the local EC2 follow each other as in EC2."""


import pytest

from tests.local.servers import Servers, refused


def test_every_state_on_the_way_is_seen_by_one_describe(servers: Servers) -> None:
    instance_id = servers.launch()
    seen = servers.states(instance_id, 3)
    servers.client.stop_instances(InstanceIds=[instance_id])
    seen += servers.states(instance_id, 3)
    servers.client.start_instances(InstanceIds=[instance_id])
    seen += servers.states(instance_id, 2)
    servers.client.terminate_instances(InstanceIds=[instance_id])
    seen += servers.states(instance_id, 2)
    assert seen == [
        *("pending", "running", "running"),
        *("stopping", "stopped", "stopped"),
        *("pending", "running"),
        *("shutting-down", "terminated"),
    ]


@pytest.mark.parametrize(("describes", "seen"), [(0, ["running"] * 4), (3, ["pending"] * 3 + ["running"])])
def test_the_number_of_describes_can_be_chosen(servers: Servers, describes: int, seen: list[str]) -> None:
    servers.control("settings", transition_describes=describes)
    assert servers.states(servers.launch(), 4) == seen


def test_commands_answer_the_state_before_and_the_state_now(servers: Servers) -> None:
    instance_id = servers.running()
    (change,) = servers.client.stop_instances(InstanceIds=[instance_id])["StoppingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("running", "stopping")
    servers.states(instance_id, 2)
    (change,) = servers.client.stop_instances(InstanceIds=[instance_id])["StoppingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "stopped")
    (change,) = servers.client.start_instances(InstanceIds=[instance_id])["StartingInstances"]
    assert (change["PreviousState"]["Name"], change["CurrentState"]["Name"]) == ("stopped", "pending")


def test_a_terminated_server_can_be_terminated_again_and_nothing_else(servers: Servers) -> None:
    instance_id = servers.running()
    servers.client.terminate_instances(InstanceIds=[instance_id])
    servers.states(instance_id, 2)
    for call in (servers.client.start_instances, servers.client.stop_instances, servers.client.reboot_instances):
        refused("IncorrectInstanceState", 400, call, InstanceIds=[instance_id])
    servers.client.terminate_instances(InstanceIds=[instance_id])
    assert servers.state(instance_id) == "terminated"


def test_a_stopping_server_can_not_be_started(servers: Servers) -> None:
    instance_id = servers.running()
    servers.client.stop_instances(InstanceIds=[instance_id])
    refused("IncorrectInstanceState", 400, servers.client.start_instances, InstanceIds=[instance_id])


def test_a_server_that_never_ran_can_not_be_stopped(servers: Servers) -> None:
    instance_id = servers.launch()
    message = refused("IncorrectInstanceState", 400, servers.client.stop_instances, InstanceIds=[instance_id])
    assert message == f"Instance '{instance_id}' cannot be stopped as it has never reached the 'running' state."


def test_one_wrong_server_refuses_the_command_for_all(servers: Servers) -> None:
    good, new = servers.running(), servers.launch()
    refused("IncorrectInstanceState", 400, servers.client.stop_instances, InstanceIds=[good, new])
    assert servers.state(good) == "running"


def test_an_unknown_server_fails_the_whole_describe_and_is_named(servers: Servers) -> None:
    known, unknown = servers.launch(), "i-0123456789abcdef0"
    message = refused(
        "InvalidInstanceID.NotFound", 400, servers.client.describe_instances, InstanceIds=[known, unknown]
    )
    assert unknown in message and known not in message
    refused("InvalidInstanceID.Malformed", 400, servers.client.describe_instances, InstanceIds=["server"])


def test_a_start_without_capacity_is_refused_and_the_server_stays_stopped(servers: Servers) -> None:
    instance_id = servers.stopped()
    servers.control("capacity", instance_type="g5.xlarge", available=False)
    refused("InsufficientInstanceCapacity", 500, servers.client.start_instances, InstanceIds=[instance_id])
    assert servers.state(instance_id) == "stopped"
    servers.control("capacity", instance_type="g5.xlarge", available=True)
    servers.client.start_instances(InstanceIds=[instance_id])
    assert servers.states(instance_id, 2) == ["pending", "running"]


def test_a_reboot_does_not_change_the_state(servers: Servers) -> None:
    instance_id = servers.running()
    address = servers.describe(instance_id)["PublicIpAddress"]
    servers.client.reboot_instances(InstanceIds=[instance_id])
    assert servers.describe(instance_id)["PublicIpAddress"] == address
    assert servers.state(instance_id) == "running"


def test_reasons_of_a_stop_and_a_termination_are_those_of_ec2(servers: Servers) -> None:
    instance_id = servers.running()
    assert "StateReason" not in servers.describe(instance_id)
    servers.client.stop_instances(InstanceIds=[instance_id])
    stopping = servers.describe(instance_id)
    assert stopping["StateReason"]["Code"] == "Client.UserInitiatedShutdown"
    assert stopping["StateTransitionReason"].startswith("User initiated (20")
    assert stopping["StateTransitionReason"].endswith(" GMT)")
