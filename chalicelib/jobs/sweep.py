"""Every minute: hands the accounts whose due moment has come to the queue `settle`."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="sweep")
def sweep(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("sweep")
