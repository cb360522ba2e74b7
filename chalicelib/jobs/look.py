"""Every minute: looks at the servers of the rentals whose turn has come and hands them to the queue `drive`."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.jobs.lambda_handler import count, log, measure_seconds, observed

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="look")
@observed
def look(event: dict[str, Any], context: Any) -> dict[str, int]:
    """More servers gone at once than can be believed close no rental: ServersVanished raises an alarm."""
    looked = services().watch.look()
    count("RentalsLookedAt", looked.rentals)
    count("ServersVanished", looked.vanished if looked.held else 0)
    measure_seconds("OldestLookAge", looked.oldest_look_seconds)
    if looked.held:
        log("servers_vanished_held", vanished=looked.vanished)
    return {"rentals": looked.rentals, "vanished": looked.vanished}
