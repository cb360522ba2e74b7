"""The stream of notices: sends each new message as an e-mail."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="relay")
def relay(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("relay")
