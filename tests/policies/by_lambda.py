"""What Lambda itself does in a function's name: it polls what calls the function, gives up there, and writes its log.

No code of ours makes these calls, so none is recorded; they follow from the function's events in the template.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-create.html
"""

from collections.abc import Iterator

from local.provision import Provisioned
from local.template import Function, QueueEvent, StreamEvent
from tests.policies.iam import Need, log_group

FROM_A_QUEUE = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
FROM_A_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
TO_THE_LOG = ("CreateLogStream", "PutLogEvents")


def made_by_lambda(function: Function, provisioned: Provisioned) -> Iterator[Need]:
    """The calls of Lambda for one function."""
    for action in TO_THE_LOG:
        yield Need(function.name, f"logs:{action}", log_group(provisioned, f"{function.logical_id}LogGroup"))
    for event in function.events:
        if isinstance(event, QueueEvent):
            queue = provisioned.attribute(event.queue, "Arn")
            yield from (Need(function.name, f"sqs:{action}", queue) for action in FROM_A_QUEUE)
        if isinstance(event, StreamEvent):
            stream = provisioned.attribute(event.table, "StreamArn")
            yield from (Need(function.name, f"dynamodb:{action}", stream) for action in FROM_A_STREAM)
            if event.dead_letters:
                yield Need(function.name, "sqs:SendMessage", provisioned.attribute(event.dead_letters, "Arn"))
