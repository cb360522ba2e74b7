"""Records the AWS calls of functions that run in this process, each for the function whose handler made it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

from local.functions import running
from tests.policies.calls import Call


@contextmanager
def recorded() -> Iterator[list[Call]]:
    """The calls made meanwhile, as they come. What an operator or a test does is no function's and not among them."""
    calls: list[Call] = []
    send = BaseClient._make_api_call

    def noted(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        function, service = running(), client.meta.service_model.service_name
        call = {"function": function, "service": service, "operation": operation, "arguments": arguments}
        if function:
            calls.append(call)
        answer = send(client, operation, arguments)
        if operation == "RunInstances":
            call["servers"] = [server["InstanceId"] for server in answer["Instances"]]
        return answer

    BaseClient._make_api_call = noted
    try:
        yield calls
    finally:
        BaseClient._make_api_call = send
