"""API Gateway on this machine: an HTTP request becomes the event that the API's function gets, and back."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from chalice.local import LambdaEventConverter, RouteMatcher

from local.functions import API, Functions

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What goes back to the client."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


class Gateway:
    """Routes requests to the API's function. Unknown paths never reach it, as with API Gateway."""

    def __init__(self, functions: Functions, routes: Sequence[str]) -> None:
        self._functions = functions
        self._converter = LambdaEventConverter(RouteMatcher(list(routes)))

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """One request, one answer; a function that dies is a 502, as with API Gateway."""
        try:
            event = self._converter.create_lambda_event(method, path, dict(headers))
        except ValueError:
            return error_answer(404, "not_found", "There is nothing at this address.")
        captured = event["pathParameters"]
        event["pathParameters"] = {name: unquote(value) for name, value in captured.items()} or None
        event["requestContext"]["identity"]["sourceIp"] = self.client_address(headers)
        event.update(_body(body))
        try:
            answer = self._functions.invoke(API, event)
        except Exception:  # noqa: BLE001 - whatever the function died of, the client sees a gateway's error
            return error_answer(502, "internal", "Something failed. Try again.")
        return _answer(answer)

    def client_address(self, headers: Mapping[str, str]) -> str:
        """Where a request comes from. Everybody on this machine is one."""
        return "127.0.0.1"


def json_answer(status: int, content: object) -> HttpAnswer:
    """An answer of the local stack's own."""
    return HttpAnswer(status, [("Content-Type", JSON)], json.dumps(content).encode())


def error_answer(status: int, code: str, message: str) -> HttpAnswer:
    """The one shape of errors."""
    return json_answer(status, {"error": {"code": code, "message": message, "field": None}, "message": message})


def _body(body: bytes) -> dict[str, Any]:
    try:
        return {"body": body.decode() if body else None, "isBase64Encoded": False}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def _answer(answer: Mapping[str, Any]) -> HttpAnswer:
    headers = [(name, str(value)) for name, value in (answer.get("headers") or {}).items()]
    for name, values in (answer.get("multiValueHeaders") or {}).items():
        headers += [(name, str(value)) for value in values]
    body = answer.get("body") or ""
    content = base64.b64decode(body) if answer.get("isBase64Encoded") else str(body).encode()
    return HttpAnswer(int(answer["statusCode"]), headers, content)
