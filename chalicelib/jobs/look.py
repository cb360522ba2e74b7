"""Every minute: looks at the servers of the rentals whose turn has come and hands them to the queue `drive`."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="look")
def look(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("look")
