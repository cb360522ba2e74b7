"""Whether the API answers at all. Reads nothing."""

from typing import Literal

from chalice.app import Blueprint

from chalicelib.api.shapes import Shape
from chalicelib.api.view import Access, Call, operation

blueprint = Blueprint(__name__)


class Health(Shape, frozen=True, kw_only=True):
    """That the API answers."""

    status: Literal["ok"]


@operation(blueprint, "GET", "/api/v1/health", answer=Health, access=Access.PUBLIC, summary="Whether the API answers")
def get_health(call: Call[None]) -> Health:
    """For load balancers and monitors. It needs no token and looks at nothing behind the API."""
    return Health(status="ok")
