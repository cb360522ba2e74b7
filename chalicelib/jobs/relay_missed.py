"""Every five minutes: sends the messages that the stream dropped or that failed."""

from typing import Any

from chalice.app import Blueprint

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="relay_missed")
def relay_missed(event: dict[str, Any], context: Any) -> Any:
    raise NotImplementedError("relay_missed")
