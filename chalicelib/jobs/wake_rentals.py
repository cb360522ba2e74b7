"""The stream of notices: an account was suspended, restored or ended, so its rentals want a look at once."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.jobs.lambda_handler import Record, count, each_record, image_of, observed
from chalicelib.notices.messages import ACCOUNT_WIDE

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="wake_rentals")
@observed
def wake_rentals(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A record that the stream drops costs time only: every rental's own look finds the same."""
    return each_record(event, _wake)


def _wake(record: Record) -> None:
    image = image_of(record)
    if image.get("topic") in ACCOUNT_WIDE:
        count("RentalsWoken", services().watch.wake(image["account_id"]))
