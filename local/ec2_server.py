"""The local EC2 as a process: `python -m local.ec2_server --port N [--state FILE] [--clock-file FILE]`.

It answers EC2 and nothing else, on 127.0.0.1, one request after the other. Faults are injected and servers are
made to fail under /_control/ (see local/ec2_control.py). With a state file, servers outlive the process: it is
written after every request that changed something. The clock file is read at each request.
"""

import argparse
import io
import json
import re
import signal
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from local import ec2_emulator
from local.ec2_control import UnknownControl, control
from local.ec2_state import StateFile
from local.ec2_world import Call, Fault
from local.moved_clock import MovedClock

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CONTROL = "/_control/"
LOOKED_AT = ("health", "state", "calls")
"""Controls that change nothing."""
DESCRIBES = ("DescribeInstances", "DescribeInstanceStatus")
SERVER_ERRORS = {"InsufficientInstanceCapacity": 500, "InternalError": 500, "RequestLimitExceeded": 503}
ERROR = (
    '<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>{code}</Code><Message>{message}</Message>'
    "</Error></Errors><RequestID>00000000-0000-4000-8000-000000000000</RequestID></Response>"
)


class Ec2Application:
    """The WSGI application: faults and controls round the emulator, and a lock round everything."""

    def __init__(self, state_file: StateFile, clock: MovedClock) -> None:
        self._lock = threading.Lock()
        self._state_file = state_file
        self._clock = clock
        self._emulator = DomainDispatcherApplication(create_backend_app)
        self.world = state_file.load()
        ec2_emulator.prepare(self.world, clock)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        with self._lock:
            response = self._answer(environ)
        if response is None:
            _hang_up(environ)
            return []
        return response(environ, start_response)

    def save(self) -> None:
        """Writes the state file."""
        with self._lock:
            self._state_file.save(self.world)

    def _answer(self, environ: "WSGIEnvironment") -> Response | None:
        request = Request(environ)
        if request.path.startswith(CONTROL):
            response = self._control(request)
            if request.path.removeprefix(CONTROL) not in LOOKED_AT:
                self._state_file.save(self.world)
            return response
        call = self._call(request)
        environ["wsgi.input"] = io.BytesIO(request.get_data())
        self.world.calls.append(call)
        changed = self._pass_time(call)
        fault = self.world.fault_of(call)
        answer = None if fault and not fault.effect else self._emulate(environ)
        if changed or fault or not call.action.startswith("Describe"):
            self._state_file.save(self.world)
        return _spoilt(fault) if fault else answer

    def _control(self, request: Request) -> Response:
        body = json.loads(request.get_data() or b"{}")
        try:
            answer, status = control(self.world, request.path.removeprefix(CONTROL), body), 200
        except UnknownControl as unknown:
            answer, status = {"error": f"unknown: {unknown}"}, 404
        except (KeyError, TypeError, ValueError) as wrong:
            answer, status = {"error": f"{type(wrong).__name__}: {wrong}"}, 400
        return Response(json.dumps(answer), status, content_type="application/json")

    def _call(self, request: Request) -> Call:
        parameters = dict(parse_qsl(request.get_data(cache=True).decode(), keep_blank_values=True))
        scope = re.search(r"Credential=[^/]+/\d+/([^/]+)/", request.headers.get("Authorization", ""))
        region = scope.group(1) if scope else "us-east-1"
        return Call(parameters.get("Action", ""), region, self._clock(), parameters)

    def _pass_time(self, call: Call) -> bool:
        """Moves the servers that the call looks at, and forgets those that ended long ago: says if any changed."""
        changed = False
        now, visible_seconds = self._clock(), self.world.settings.terminated_visible_seconds
        for server in ec2_emulator.servers(call.region):
            if server.ended_at is not None and now - server.ended_at > visible_seconds:
                ec2_emulator.forget(server)
                changed = True
            elif server.id in call.instance_ids or (call.action in DESCRIBES and not call.instance_ids):
                changed |= (call.action in DESCRIBES or server.hidden_left > 0) and server.advance()
        return changed

    def _emulate(self, environ: "WSGIEnvironment") -> Response:
        response = Response.from_app(self._emulator, environ, buffered=True)
        code = re.search(rb"<Code>(\w+)</Code>", response.data) if response.status_code >= 400 else None
        if code:
            response.status_code = SERVER_ERRORS.get(code.group(1).decode(), response.status_code)
        return response


class QuietHandler(WSGIRequestHandler):
    """Logs errors and no requests: a reconciler describes its servers all the time."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


def _spoilt(fault: Fault) -> Response | None:
    if fault.dropped:
        return None
    body = ERROR.format(code=fault.code, message=fault.message)
    return Response(body, fault.status, content_type="text/xml;charset=UTF-8")


def _hang_up(environ: "WSGIEnvironment") -> None:
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


def serve(port: int, state: Path | None, clock_file: Path | None) -> None:
    """Serves until SIGTERM or SIGINT, then saves."""
    application = Ec2Application(StateFile(state), MovedClock(clock_file))
    server = make_server("127.0.0.1", port, application, threaded=True, request_handler=QuietHandler)

    def leave(*_: Any) -> None:
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    server.serve_forever()
    application.save()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m local.ec2_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--clock-file", type=Path)
    arguments = parser.parse_args()
    serve(arguments.port, arguments.state, arguments.clock_file)


if __name__ == "__main__":
    main()
