"""The front door: which request this thread serves, and one shape for what Chalice refuses by itself."""

from collections.abc import Callable
from contextvars import ContextVar

from chalice.app import Blueprint, Request, Response

from chalicelib.api.answers import REQUEST_ID, failure
from chalicelib.api.errors import MethodNotAllowed

blueprint = Blueprint(__name__)

_request: ContextVar[Request] = ContextVar("request")
"""Chalice keeps the current request on the app, where the threads of a local server would take each other's."""

_METHOD_NOT_ALLOWED = 405


def current_request() -> Request:
    """The request that is being answered."""
    return _request.get()


def request_id_of(request: Request) -> str:
    """API Gateway's id of the request, else Lambda's."""
    request_id = request.context.get("requestId") or getattr(request.lambda_context, "aws_request_id", None)
    return str(request_id or "unknown")


@blueprint.middleware("http")
def front_door(request: Request, get_response: Callable[[Request], Response]) -> Response:
    """Remember the request for its view. What has no request id is not ours, and is said again in our shape."""
    before = _request.set(request)
    try:
        response = get_response(request)
    finally:
        _request.reset(before)
    return response if REQUEST_ID in response.headers else _in_our_shape(request, response)


def _in_our_shape(request: Request, response: Response) -> Response:
    request_id = request_id_of(request)
    if response.status_code != _METHOD_NOT_ALLOWED:
        return failure(RuntimeError("refused before any view"), request_id)
    allowed = str(response.headers.get("Allow", ""))
    ours = failure(MethodNotAllowed(f"This address takes {allowed}."), request_id)
    ours.headers["Allow"] = allowed
    return ours
