"""Runs in the Lambdas' Python, isolated: one function of the zip, one event per line of standard input.

Not imported by anything: started by functions.py with the unpacked zip as its only path for imports.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path


class Context:
    """What Lambda tells a handler."""

    memory_limit_in_mb = 1024
    invoked_function_arn = ""

    def __init__(self, name, request_id):
        self.function_name = name
        self.aws_request_id = request_id

    def get_remaining_time_in_millis(self):
        return 60_000


def recording(function, file):
    """Note every AWS call with what it names, and the servers that a launch made, however it ends."""
    client = importlib.import_module("botocore.client").BaseClient
    call = client._make_api_call

    def noted(self, operation, arguments):
        service = self.meta.service_model.service_name
        line = {"function": function, "service": service, "operation": operation, "arguments": arguments}
        try:
            answer = call(self, operation, arguments)
            if operation == "RunInstances":
                line["servers"] = [server["InstanceId"] for server in answer["Instances"]]
            return answer
        finally:
            with file.open("a") as notes:
                notes.write(json.dumps(line, default=str) + "\n")

    client._make_api_call = noted


def invoked(handler, function, asked):
    """What Lambda would say of an invocation."""
    try:
        return {"answer": handler(asked["event"], Context(function, asked["request_id"]))}
    except Exception as error:  # noqa: BLE001 - Lambda answers whatever a handler dies of
        return {"error": f"{type(error).__name__}: {error}"}


def main():
    """Answer each event with {"answer": ...} or {"error": ...}, and the question what has been imported."""
    folder, function, handler_string, calls = sys.argv[1:]
    channel = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    sys.path.insert(0, folder)
    now = {"moment": int(time.time())}
    recording(function, Path(calls))
    bootstrap = importlib.import_module("chalicelib.bootstrap")
    bootstrap.use(bootstrap.Services(clock=lambda: now["moment"]))
    module, _, name = handler_string.rpartition(".")
    handler = getattr(importlib.import_module(module), name)
    for line in sys.stdin:
        asked = json.loads(line)
        if "modules" in asked:
            said = {"answer": sorted(sys.modules)}
        else:
            now["moment"] = asked["now"]
            said = invoked(handler, function, asked)
            sys.stdout.flush()
        channel.write(json.dumps(said) + "\n")
        channel.flush()


main()
