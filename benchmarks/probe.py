"""Runs in the Lambdas' Python, isolated: imports one app, answers one request, and says what CPU time each took.

Not imported by anything: started by cold_start.py with the folders that the app is imported from, and nothing else.
"""

import importlib
import json
import sys
import time


class Context:
    """What Lambda tells a handler."""

    aws_request_id = "req-1"
    function_name = "api"
    memory_limit_in_mb = 1024
    invoked_function_arn = ""


def main() -> None:
    """Print {"import_micros", "first_request_micros", "modules", "status"}, of CPU time."""
    *folders, request = sys.argv[1:]
    sys.path[:0] = folders
    event = json.loads(request)
    output, sys.stdout = sys.stdout, sys.stderr
    began = time.process_time_ns()
    app = importlib.import_module("app").app
    imported = time.process_time_ns()
    answer = app(event, Context())
    answered = time.process_time_ns()
    said = {
        "import_micros": (imported - began) // 1000,
        "first_request_micros": (answered - imported) // 1000,
        "modules": sorted(sys.modules),
        "status": answer["statusCode"],
    }
    print(json.dumps(said), file=output)


main()
