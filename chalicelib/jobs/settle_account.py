"""The queue `settle`: carries out what time has made due for an account."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.jobs.lambda_handler import Record, count, each_record, hint_of, log, observed

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="settle_account")
@observed
def settle_account(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """An account that fails comes again and holds up no other."""
    return each_record(event, _settle)


def _settle(record: Record) -> None:
    account_id = hint_of(record)["account_id"]
    settled = services().books.settle(account_id)
    count("StepsSettled", len(settled.steps))
    log("account_settled", account_id=account_id, steps=len(settled.steps))
