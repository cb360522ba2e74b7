"""Deploys the packaged template to the local AWS: zip to S3, CloudFormation's own transform, and what came of it."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.ec2_network import prepare_ec2, publish_image
from local.engines import Engines
from local.world import IMAGE_PARAMETER, SENDER
from tests.engines import Aws

BUCKET = "artifacts"
MADE_WITHIN_SECONDS = 120
LARGEST_TEMPLATE_SENT = 51_200
"""Bytes; CloudFormation takes a larger one from S3 only."""


class NotDeployed(AssertionError):
    """CloudFormation did not make the stack. The message has its events."""


@dataclass(frozen=True)
class Deployed:
    """A stack that stands."""

    name: str
    stage: str
    aws: Aws
    outputs: Mapping[str, str]
    resources: Mapping[str, str]
    """Physical ids by logical id."""

    @property
    def url(self) -> str:
        """Where its API Gateway answers, without a slash at the end."""
        return f"{self.aws.engine.url}/restapis/{self.outputs['RestAPIId']}/{self.stage}/_user_request_"

    def invoke(self, function: str) -> Any:
        """What a function answers to an empty event of a schedule, by its logical id."""
        answer = self.aws.client("lambda").invoke(FunctionName=self.resources[function], Payload=b"{}")
        said = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, said
        return said

    def logs(self) -> str:
        """What the functions wrote, function by function."""
        return "\n".join(f"--- {group}\n{text}" for group, text in self.log_texts() if text)

    def log_texts(self) -> Iterator[tuple[str, str]]:
        """Each log group of the stack's functions, by logical id, and all that stands in it."""
        client = self.aws.client("logs")
        for logical_id, group in self.resources.items():
            if logical_id.endswith("LogGroup"):
                pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
                yield logical_id, "\n".join(event["message"].rstrip() for page in pages for event in page["events"])


def deploy(package: Path, engines: Engines, name: str) -> Deployed:
    """Makes the stack and waits until it stands. Raises NotDeployed."""
    aws = Aws(engines.ministack)
    template = _template(package, engines)
    parameters = [
        {"ParameterKey": key, "ParameterValue": value} for key, value in _parameters(aws, Aws(engines.ec2)).items()
    ]
    _put(aws, "deployment.zip", (package / "deployment.zip").read_bytes())
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        Parameters=parameters,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        **_body(aws, json.dumps(template)),
    )
    stack = _made(cloudformation, name)
    _count_concurrency(aws.client("lambda"))
    listed = cloudformation.describe_stack_resources(StackName=name)["StackResources"]
    return Deployed(
        name,
        template["Resources"]["RestAPI"]["Properties"]["StageName"],
        aws,
        {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
        {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed},
    )


def _template(package: Path, engines: Engines) -> dict[str, Any]:
    """The packaged one, with the zip in S3 and the functions told where the local AWS is: nothing else is changed.

    The local AWS hands its own level of logging on to functions, so they are told theirs.
    """
    template: dict[str, Any] = json.loads((package / "sam.json").read_text())
    local = {
        "AWS_ENDPOINT_URL": engines.ministack.url,
        "AWS_ENDPOINT_URL_EC2": engines.ec2.url,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            assert properties["CodeUri"] == "./deployment.zip"
            properties["CodeUri"] = {"Bucket": BUCKET, "Key": "deployment.zip"}
            properties["Environment"]["Variables"] |= local
    return template


def _parameters(aws: Aws, ec2: Aws) -> dict[str, str]:
    ids = prepare_ec2(ec2.client("ec2"))
    publish_image(aws.client("ssm"), IMAGE_PARAMETER, ids.image_id)
    aws.client("ses").verify_email_identity(EmailAddress=SENDER)
    return {
        **ids.parameters(),
        "Stage": "deployed",
        "DeletionProtection": "false",
        "MailSender": SENDER,
        "MailIdentity": SENDER,
        "ServerImageParameter": IMAGE_PARAMETER,
    }


def _body(aws: Aws, template: str) -> dict[str, str]:
    if len(template) <= LARGEST_TEMPLATE_SENT:
        return {"TemplateBody": template}
    _put(aws, "template.json", template.encode())
    return {"TemplateURL": f"{aws.engine.url}/{BUCKET}/template.json"}


def _put(aws: Aws, key: str, content: bytes) -> None:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)


def _made(cloudformation: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + MADE_WITHIN_SECONDS
    while True:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            return stack
        if not stack["StackStatus"].endswith("CREATE_IN_PROGRESS") or time.monotonic() > deadline:
            raise NotDeployed(_what_failed(cloudformation, name, stack["StackStatus"]))
        time.sleep(0.2)


def _count_concurrency(client: Any) -> None:
    """CloudFormation makes a number of a parameter of type Number; the local one leaves text."""
    for mapping in client.list_event_source_mappings()["EventSourceMappings"]:
        if "ScalingConfig" in mapping:
            most = int(mapping["ScalingConfig"]["MaximumConcurrency"])
            client.update_event_source_mapping(UUID=mapping["UUID"], ScalingConfig={"MaximumConcurrency": most})


def _what_failed(cloudformation: Any, name: str, status: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [
        f"{event['LogicalResourceId']}: {event['ResourceStatus']}: {event.get('ResourceStatusReason', '')}"
        for event in events
        if "FAILED" in event["ResourceStatus"]
    ]
    return "\n".join([f"The stack {name} is {status}", *failed])
