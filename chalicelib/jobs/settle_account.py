"""The queue `settle`: carries out for each account what time has made due."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="settle_account")
def settle_account(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("settle_account")
