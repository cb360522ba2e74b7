"""What IAM is asked for a recorded call, by AWS's own tables of actions and resources.

https://docs.aws.amazon.com/service-authorization/latest/reference/ (dynamodb, sqs, ec2, ses, ssm). A call that is not
known here raises NotUnderstood, so that a new one is looked up in those tables before it is taken for allowed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.provision import Provisioned
from tests.policies.iam import Need, arn

Call = Mapping[str, Any]
"""A recorded call: function, service, operation, arguments; a launch also has the servers that it made."""
Arguments = Mapping[str, Any]
Asked = Iterator[tuple[str, str, Mapping[str, str]]]
"""Action, resource and condition keys."""

TRANSACT = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
ON_ONE_TABLE = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"}
HAVE_NO_RESOURCES = {"DescribeInstances", "DescribeVolumes"}
ON_SERVERS = {"StartInstances", "StopInstances", "RebootInstances", "TerminateInstances"}
LAUNCH_ARGUMENTS = {
    "ImageId", "InstanceType", "MinCount", "MaxCount", "ClientToken", "UserData", "NetworkInterfaces",
    "BlockDeviceMappings", "MetadataOptions", "InstanceInitiatedShutdownBehavior", "TagSpecifications",
}  # fmt: skip
"""A launch that names more (a key pair, a launch template, a placement group) asks for more."""


class NotUnderstood(LookupError):
    """Nothing is known here of what IAM is asked for such a call."""


Tags = Mapping[str, Mapping[str, str]]
"""The tags of servers, by their ids."""


def launched(calls: Iterable[Call]) -> dict[str, Mapping[str, str]]:
    """The tags that recorded launches gave to the servers that they made."""
    launches = [call for call in calls if call["operation"] == "RunInstances"]
    made = [(server_id, call["arguments"]) for call in launches for server_id in call.get("servers", ())]
    return {server_id: _tags(arguments, "instance") for server_id, arguments in made}


def needs_of(calls: Sequence[Call], provisioned: Provisioned, present: Iterable[Mapping[str, Any]]) -> Iterator[Need]:
    """What recorded calls ask of IAM; `present` are the servers that the local EC2 shows, with id and tags."""
    reading = Reading(provisioned, launched(calls) | {server["id"]: server["tags"] for server in present})
    return (need for call in calls for need in reading.needs(call))


@dataclass(frozen=True, slots=True)
class Reading:
    """Reads recorded calls in a stack, whose servers have these tags."""

    provisioned: Provisioned
    tags: Tags

    def needs(self, call: Call) -> Iterator[Need]:
        """What one recorded call asks of IAM: {"function", "service", "operation", "arguments"}."""
        readers = {"dynamodb": self._dynamodb, "sqs": self._sqs, "ec2": self._ec2, "sesv2": self._ses, "ssm": self._ssm,
                   "secretsmanager": self._secrets}  # fmt: skip
        if call["service"] not in readers:
            raise NotUnderstood(f"{call['function']} calls {call['service']} {call['operation']}")
        for action, resource, keys in readers[call["service"]](call["operation"], call["arguments"]):
            yield Need(call["function"], action, resource, keys)

    def _arn(self, service: str, name: str) -> str:
        return arn(self.provisioned, service, name)

    def _dynamodb(self, operation: str, arguments: Arguments) -> Asked:
        """A transaction is allowed by the actions that its parts would have alone; an index has an ARN of its own."""
        if operation == "TransactWriteItems":
            for item in arguments["TransactItems"]:
                ((kind, write),) = item.items()
                yield f"dynamodb:{TRANSACT[kind]}", self._table(write), {}
        elif operation == "BatchGetItem":
            for table in arguments["RequestItems"]:
                yield "dynamodb:BatchGetItem", self._arn("dynamodb", f"table/{table}"), {}
        elif operation in ON_ONE_TABLE:
            index = f"/index/{arguments['IndexName']}" if "IndexName" in arguments else ""
            yield f"dynamodb:{operation}", self._table(arguments) + index, {}
        else:
            raise NotUnderstood(f"DynamoDB's {operation}")

    def _table(self, arguments: Arguments) -> str:
        return self._arn("dynamodb", f"table/{arguments['TableName']}")

    def _sqs(self, operation: str, arguments: Arguments) -> Asked:
        if operation not in ("SendMessage", "SendMessageBatch"):
            raise NotUnderstood(f"SQS's {operation}")
        yield "sqs:SendMessage", self._arn("sqs", arguments["QueueUrl"].rpartition("/")[2]), {}

    def _ssm(self, operation: str, arguments: Arguments) -> Asked:
        """Amazon's own parameters belong to no account."""
        if operation != "GetParameter":
            raise NotUnderstood(f"SSM's {operation}")
        name = arguments["Name"]
        of = {"account": ""} if name.startswith("/aws/") else {}
        yield "ssm:GetParameter", arn(self.provisioned, "ssm", f"parameter{name}", **of), {}

    def _secrets(self, operation: str, arguments: Arguments) -> Asked:
        if operation != "GetSecretValue":
            raise NotUnderstood(f"Secrets Manager's {operation}")
        yield "secretsmanager:GetSecretValue", arguments["SecretId"], {}

    def _ses(self, operation: str, arguments: Arguments) -> Asked:
        """The identity is the sender's address, verified by itself. A configuration set is a resource too."""
        if operation != "SendEmail":
            raise NotUnderstood(f"SES's {operation}")
        sender = arguments["FromEmailAddress"]
        keys = {"ses:FromAddress": sender}
        yield "ses:SendEmail", self._arn("ses", f"identity/{sender}"), keys
        if "ConfigurationSetName" in arguments:
            yield "ses:SendEmail", self._arn("ses", f"configuration-set/{arguments['ConfigurationSetName']}"), keys

    def _ec2(self, operation: str, arguments: Arguments) -> Asked:
        if operation in HAVE_NO_RESOURCES:
            yield f"ec2:{operation}", "*", {}
        elif operation in ON_SERVERS:
            for server_id in arguments["InstanceIds"]:
                yield self._on_server(operation, server_id)
        elif operation == "ModifyInstanceAttribute":
            yield self._on_server(operation, arguments["InstanceId"])
            yield from self._groups(operation, arguments["Groups"])
        elif operation == "RunInstances":
            yield from self._launch(arguments)
        else:
            raise NotUnderstood(f"EC2's {operation}")

    def _on_server(self, operation: str, server_id: str) -> tuple[str, str, Mapping[str, str]]:
        keys = {f"aws:ResourceTag/{name}": value for name, value in self.tags.get(server_id, {}).items()}
        return f"ec2:{operation}", self._arn("ec2", f"instance/{server_id}"), keys

    def _groups(self, operation: str, group_ids: list[str]) -> Asked:
        for group_id in group_ids:
            yield f"ec2:{operation}", self._arn("ec2", f"security-group/{group_id}"), {}

    def _launch(self, arguments: Arguments) -> Asked:
        """Everything that is used and everything that is made; an image belongs to no account in its ARN."""
        if more := set(arguments) - LAUNCH_ARGUMENTS:
            raise NotUnderstood(f"a launch with {sorted(more)}")
        run = "ec2:RunInstances"
        yield run, arn(self.provisioned, "ec2", f"image/{arguments['ImageId']}", account=""), {}
        for network in arguments["NetworkInterfaces"]:
            yield run, self._arn("ec2", f"subnet/{network['SubnetId']}"), {}
            yield run, self._arn("ec2", "network-interface/new"), {}
            yield from self._groups("RunInstances", network["Groups"])
        for kind in sorted({"instance", "volume", *(one["ResourceType"] for one in arguments["TagSpecifications"])}):
            asked = {f"aws:RequestTag/{name}": value for name, value in _tags(arguments, kind).items()}
            yield run, self._arn("ec2", f"{kind}/new"), asked
            if asked:
                yield "ec2:CreateTags", self._arn("ec2", f"{kind}/new"), asked | {"ec2:CreateAction": "RunInstances"}


def _tags(arguments: Arguments, kind: str) -> Mapping[str, str]:
    """The tags that a launch gives to what it makes of a kind."""
    lists = [one["Tags"] for one in arguments["TagSpecifications"] if one["ResourceType"] == kind]
    return {tag["Key"]: tag["Value"] for tags in lists for tag in tags}
