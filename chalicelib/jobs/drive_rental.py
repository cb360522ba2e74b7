"""The queue `drive`: drives a rental to what it should be."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.errors import NotFound
from chalicelib.jobs.lambda_handler import Record, count, each_record, hint_of, log, observed

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="drive_rental")
@observed
def drive_rental(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A rental that fails comes again and holds up no other."""
    return each_record(event, _drive)


def _drive(record: Record) -> None:
    hint = hint_of(record)
    try:
        rental = services().driver.follow(hint)
    except NotFound:
        count("RentalsUnknown")
    else:
        log("rental_driven", account_id=rental.account_id, rental_id=rental.rental_id, status=rental.status)
