"""Each function has memory, a timeout and a policy of its own, and a policy names what it allows."""

import json
from collections.abc import Iterator
from typing import Any

from ops.package import ROOT
from tests.build import functions, of_type, template

CHALICE = ROOT / ".chalice"
HAVE_NO_RESOURCES = {"ec2:DescribeInstances", "ec2:DescribeVolumes"}
"""AWS knows no resource for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html"""


def configured() -> dict[str, dict[str, Any]]:
    """What config.json says of each function, by registered name."""
    read: dict[str, dict[str, Any]] = json.loads((CHALICE / "config.json").read_text())["lambda_functions"]
    return read


def statements() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every statement of every role of the template."""
    for role, resource in of_type("AWS::IAM::Role").items():
        for policy in resource["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement


def test_every_function_has_its_own_policy_memory_and_timeout() -> None:
    assert len(configured()) == len(functions())
    for name, settings in configured().items():
        assert settings["iam_policy_file"] == f"policy-{name}.json"
        assert settings["lambda_memory_size"] >= 512
        assert settings["lambda_timeout"] > 0
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in functions().values()]
    assert len(set(roles)) == len(roles)


def test_no_policy_file_is_left_over() -> None:
    assert {file.name for file in CHALICE.glob("policy-*.json")} == {f"policy-{name}.json" for name in configured()}


def test_no_policy_allows_an_action_by_pattern() -> None:
    for role, statement in statements():
        assert statement["Effect"] == "Allow", role
        assert not [action for action in statement["Action"] if "*" in action], role


def test_only_what_has_no_resources_is_allowed_on_all() -> None:
    for role, statement in statements():
        if "*" in statement["Resource"]:
            assert statement["Resource"] == ["*"], role
            assert set(statement["Action"]) <= HAVE_NO_RESOURCES, role


def test_resources_are_referred_to_and_not_spelled() -> None:
    for role, statement in statements():
        assert all(isinstance(one, dict) for one in statement["Resource"] if one != "*"), role


def test_a_policy_names_each_statement_once() -> None:
    names = [(role, statement["Sid"]) for role, statement in statements()]
    assert len(set(names)) == len(names)


def test_a_function_writes_only_its_own_log_and_can_not_make_one() -> None:
    for function, properties in functions().items():
        group = properties["LoggingConfig"]["LogGroup"]["Ref"]
        assert group == f"{function}LogGroup"
        role = properties["Role"]["Fn::GetAtt"][0]
        (logs,) = [one for name, one in statements() if name == role and one["Sid"] == "Logs"]
        assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert logs["Resource"] == [{"Fn::GetAtt": [group, "Arn"]}]


def test_a_function_may_use_every_table_and_queue_that_it_is_told_of() -> None:
    resources = template()["Resources"]
    for function, properties in functions().items():
        role = json.dumps(resources[properties["Role"]["Fn::GetAtt"][0]])
        told = [one["Ref"] for one in properties["Environment"]["Variables"].values() if isinstance(one, dict)]
        for name in told:
            if resources.get(name, {}).get("Type") in ("AWS::DynamoDB::Table", "AWS::SQS::Queue"):
                assert f'["{name}", "Arn"]' in role or f"{{{name}.Arn}}" in role.replace("${", "{"), (function, name)


def test_servers_of_another_stage_are_out_of_reach() -> None:
    changing = {"ec2:StartInstances", "ec2:StopInstances", "ec2:RebootInstances", "ec2:TerminateInstances"}
    tag = {"StringEquals": {"aws:ResourceTag/gpu-cloud-stage": {"Ref": "Stage"}}}
    found = [statement for _, statement in statements() if changing & set(statement["Action"])]
    assert found
    assert all(statement["Condition"] == tag for statement in found)
