"""Hourly: compares the provider's servers and volumes with the rentals, and stops servers that nobody rents."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.jobs.lambda_handler import count, log, observed

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="inventory")
@observed
def inventory(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Reports every stray; stopping one is all that is done to it."""
    strays = services().inventory.compare(stop=True)
    for stray in strays:
        log("stray", kind=stray.kind, thing=stray.thing_id, region=stray.region, reason=stray.reason)
    count("ServersNobodyRents", sum(stray.kind == "server" for stray in strays))
    return {"strays": len(strays)}
