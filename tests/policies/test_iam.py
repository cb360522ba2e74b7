"""The check of policies itself: it sees what is missing, what is too much, and what a call really asks for."""

from typing import Any

import pytest

from local.provision import Provisioned
from local.template import read_template
from tests.policies.by_lambda import made_by_lambda
from tests.policies.calls import NotUnderstood, Reading
from tests.policies.iam import Need, Permission, differences, permissions_of

HERE = "us-east-1:000000000000"
TABLE = f"arn:aws:dynamodb:{HERE}:table/box"
QUEUE = f"arn:aws:sqs:{HERE}:post"
READ = Permission("toy", "dynamodb:GetItem", TABLE)
SEND = Permission("toy", "sqs:SendMessage", QUEUE)
READING = Need("toy", "dynamodb:GetItem", TABLE)
SENDING = Need("toy", "sqs:SendMessage", QUEUE)


def stack() -> Provisioned:
    """A stack of one table and one queue, under their own names."""
    parameters = {"AWS::Region": "us-east-1", "AWS::AccountId": "000000000000", "Stage": "test", "Image": "/our/image"}
    attributes = {("Box", "Arn"): TABLE, ("Post", "Arn"): QUEUE}
    return Provisioned(read_template(), parameters, {"Box": "box"}, attributes)


def asked(service: str, operation: str, **arguments: Any) -> list[tuple[str, str]]:
    """Action and resource of everything that a call asks for; servers with i-ours are of the stage."""
    reading = Reading(stack(), {"i-ours": {"stage": "test"}})
    call = {"function": "toy", "service": service, "operation": operation, "arguments": arguments}
    return [(need.action, need.resource.removeprefix("arn:aws:")) for need in reading.needs(call)]


def test_a_policy_that_fits_differs_in_nothing() -> None:
    assert differences([READING, SENDING, SENDING], [READ, SEND]) == []


def test_a_policy_that_lacks_a_call_is_told_with_function_action_and_resource() -> None:
    assert differences([READING, SENDING], [READ]) == [f"not allowed: toy: sqs:SendMessage on {QUEUE}"]


def test_a_policy_that_allows_what_was_never_seen_is_told() -> None:
    assert differences([READING], [READ, SEND]) == [f"allowed, and never seen: toy: sqs:SendMessage on {QUEUE}"]


def test_the_permission_of_another_function_does_not_help() -> None:
    other = Permission("other", SEND.action, SEND.resource)
    assert len(differences([SENDING], [other])) == 2


def test_an_index_is_another_resource_than_its_table() -> None:
    query = asked("dynamodb", "Query", TableName="box", IndexName="due")
    assert query == [("dynamodb:Query", f"dynamodb:{HERE}:table/box/index/due")]
    assert not Permission("toy", "dynamodb:Query", TABLE).allows(Need("toy", *query[0]))


def test_a_transaction_asks_for_what_its_parts_would_ask_alone() -> None:
    parts = [{kind: {"TableName": "box"}} for kind in ("Put", "Update", "Delete", "ConditionCheck")]
    actions = [action for action, _ in asked("dynamodb", "TransactWriteItems", TransactItems=parts)]
    assert actions == [f"dynamodb:{name}Item" for name in ("Put", "Update", "Delete", "ConditionCheck")]


def test_a_condition_counts() -> None:
    ours = Permission("toy", "ec2:StopInstances", f"arn:aws:ec2:{HERE}:instance/*", {"aws:ResourceTag/stage": "test"})
    reading = Reading(stack(), {"i-ours": {"stage": "test"}, "i-theirs": {"stage": "prod"}})
    arguments = {"InstanceIds": ["i-ours", "i-theirs", "i-unknown"]}
    needs = reading.needs({"function": "toy", "service": "ec2", "operation": "StopInstances", "arguments": arguments})
    assert [ours.allows(need) for need in needs] == [True, False, False]


def test_a_launch_asks_for_all_that_it_uses_and_makes() -> None:
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "stage", "Value": "test"}]}]
    network = [{"SubnetId": "subnet-1", "Groups": ["sg-1"]}]
    launch = asked("ec2", "RunInstances", ImageId="ami-1", NetworkInterfaces=network, TagSpecifications=tags)
    own = f"ec2:{HERE}:"
    things = ("subnet/subnet-1", "network-interface/new", "security-group/sg-1", "instance/new", "volume/new")
    expected = {("ec2:RunInstances", own + thing) for thing in things}
    image = ("ec2:RunInstances", "ec2:us-east-1::image/ami-1")
    assert set(launch) == expected | {image, ("ec2:CreateTags", own + "instance/new")}
    with pytest.raises(NotUnderstood, match="KeyName"):
        asked("ec2", "RunInstances", ImageId="ami-1", KeyName="mine")


def test_a_call_that_is_not_known_is_not_taken_for_allowed() -> None:
    unknown = (("dynamodb", "Scan"), ("s3", "GetObject"), ("ec2", "CreateImage"), ("sqs", "PurgeQueue"))
    for service, operation in unknown:
        with pytest.raises(NotUnderstood, match=operation):
            asked(service, operation, TableName="box")


def test_a_statement_is_read_with_the_names_of_the_stack() -> None:
    statement = {
        "Action": ["ssm:GetParameter"],
        "Resource": [
            {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}::parameter${Image}"},
            {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${Image}"},
            {"Fn::Sub": "${Box.Arn}/index/due"},
        ],
        "Condition": {"StringEquals": {"key": {"Ref": "Stage"}}},
    }
    amazons, ours, index = permissions_of("toy", {"Statement": [statement]}, stack())
    assert (amazons.resource, amazons.void) == ("arn:aws:ssm:us-east-1::parameter/our/image", True)
    assert (ours.resource, ours.void) == (f"arn:aws:ssm:{HERE}:parameter/our/image", False)
    assert (index.resource, index.keys) == (f"{TABLE}/index/due", {"key": "test"})


def test_what_lambda_does_in_a_functions_name_follows_from_its_events() -> None:
    template = read_template()
    attributes = {("NoticesTable", "StreamArn"): TABLE + "/stream/1", ("NoticesDeadLetterQueue", "Arn"): QUEUE}
    provisioned = Provisioned(template, stack().parameters, {}, attributes)
    needs = list(made_by_lambda(template.function("relay"), provisioned))
    assert [need.action for need in needs[:2]] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert Need("relay", "dynamodb:GetRecords", TABLE + "/stream/1") in needs
    assert Need("relay", "sqs:SendMessage", QUEUE) in needs
    assert len(list(made_by_lambda(template.function("sweep"), provisioned))) == 2
