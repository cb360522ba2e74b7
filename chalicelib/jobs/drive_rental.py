"""The queue `drive`: drives each rental to what it should be."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="drive_rental")
def drive_rental(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("drive_rental")
