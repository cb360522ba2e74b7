"""Hourly: compares the provider's servers and volumes with the rentals."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="inventory")
def inventory(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("inventory")
