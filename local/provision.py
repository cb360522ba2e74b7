"""Creates the template's tables and queues behind any endpoint, and answers the variables that functions get.

Repeating it is safe: what is there already is left as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local.template import NotUnderstood, Queue, Table, Template, resolve

ACCOUNT = "000000000000"


@dataclass
class Provisioned:
    """What stands behind the template's names: `names` answers Ref, `attributes` answers Fn::GetAtt."""

    template: Template
    parameters: Mapping[str, str]
    names: dict[str, str] = field(default_factory=dict)
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)

    def variables(self, function: str) -> dict[str, str]:
        """The environment of one function, by Chalice's name, as the template gives it."""
        declared = self.template.function(function).variables
        return {name: resolve(value, self.ref, self.attribute) for name, value in declared.items()}

    def all_variables(self) -> dict[str, str]:
        """The environments of all functions in one, for a process that plays them all."""
        return {
            name: value for function in self.template.functions for name, value in self.variables(function.name).items()
        }

    def ref(self, name: str) -> str:
        """The parameter's value, the table's name or the queue's URL."""
        if name in self.names:
            return self.names[name]
        if name in self.parameters:
            return self.parameters[name]
        raise NotUnderstood(f"nothing is known by the name {name}")

    def attribute(self, name: str, part: str) -> str:
        """The Arn, StreamArn or QueueName of a resource."""
        if (name, part) not in self.attributes:
            raise NotUnderstood(f"the {part} of {name} is not known")
        return self.attributes[name, part]


def provision(
    template: Template,
    dynamodb: Any,
    sqs: Any,
    prefix: str,
    parameters: Mapping[str, str] | None = None,
    *,
    secrets_manager: Any = None,
) -> Provisioned:
    """Creates everything with the boto3 clients given. Names begin with the prefix, which also is the stack's name.

    Without a client for secrets they have names alone, and nothing can be signed.
    """
    pseudo = {"AWS::StackName": prefix, "AWS::Region": dynamodb.meta.region_name, "AWS::AccountId": ACCOUNT}
    provisioned = Provisioned(template, {**template.parameters, **pseudo, **(parameters or {})})
    for table in template.tables:
        _create_table(provisioned, dynamodb, f"{prefix}-{table.logical_id}", table)
    # A queue names its dead-letter queue, which therefore comes first.
    for queue in sorted(template.queues, key=lambda queue: queue.dead_letters != ""):
        _create_queue(provisioned, sqs, f"{prefix}-{queue.logical_id}", queue)
    for logical_id in template.secrets:
        _create_secret(provisioned, secrets_manager, f"{prefix}-{logical_id}", logical_id)
    return provisioned


def _create_secret(provisioned: Provisioned, client: Any, name: str, logical_id: str) -> None:
    provisioned.names[logical_id] = name
    if client is None:
        return
    try:
        text = client.get_random_password(PasswordLength=64, ExcludePunctuation=True)["RandomPassword"]
        client.create_secret(Name=name, SecretString=text)
    except client.exceptions.ResourceExistsException:
        pass
    provisioned.names[logical_id] = client.describe_secret(SecretId=name)["ARN"]


def _create_table(provisioned: Provisioned, dynamodb: Any, name: str, table: Table) -> None:
    try:
        dynamodb.create_table(TableName=name, **_table_arguments(table))
    except dynamodb.exceptions.ResourceInUseException:
        pass
    else:
        dynamodb.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
        if table.ttl_attribute:
            ttl = {"Enabled": True, "AttributeName": table.ttl_attribute}
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=ttl)
    described = dynamodb.describe_table(TableName=name)["Table"]
    provisioned.names[table.logical_id] = name
    provisioned.attributes[table.logical_id, "Arn"] = described["TableArn"]
    if table.stream_view:
        provisioned.attributes[table.logical_id, "StreamArn"] = described["LatestStreamArn"]


def _table_arguments(table: Table) -> dict[str, Any]:
    keys = {key for keys in (table.keys, *(index.keys for index in table.indexes)) for key in keys}
    indexes = [
        {
            "IndexName": index.name,
            "KeySchema": _key_schema(index.keys),
            "Projection": {"ProjectionType": index.projection},
        }
        for index in table.indexes
    ]
    stream = {"StreamEnabled": True, "StreamViewType": table.stream_view}
    return {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": key.name, "AttributeType": key.type} for key in sorted(keys, key=lambda key: key.name)
        ],
        "KeySchema": _key_schema(table.keys),
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
        **({"StreamSpecification": stream} if table.stream_view else {}),
    }


def _key_schema(keys: tuple[Any, ...]) -> list[dict[str, str]]:
    return [
        {"AttributeName": key.name, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
    ]


def _create_queue(provisioned: Provisioned, sqs: Any, name: str, queue: Queue) -> None:
    attributes = {
        "VisibilityTimeout": str(queue.visibility_seconds),
        "MessageRetentionPeriod": str(queue.retention_seconds),
    }
    if queue.dead_letters:
        target = provisioned.attribute(queue.dead_letters, "Arn")
        attributes["RedrivePolicy"] = json.dumps(
            {"deadLetterTargetArn": target, "maxReceiveCount": queue.max_receives}
        )
    try:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    except ClientError as refused:
        if "QueueAlreadyExists" not in str(refused) and "QueueNameExists" not in str(refused):
            raise
        url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    provisioned.names[queue.logical_id] = url
    provisioned.attributes[queue.logical_id, "Arn"] = arn
    provisioned.attributes[queue.logical_id, "QueueName"] = name
