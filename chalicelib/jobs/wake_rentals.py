"""The stream of notices: after an account-wide change, hands its rentals to the queue `drive`."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="wake_rentals")
def wake_rentals(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("wake_rentals")
