"""Every minute: hands the accounts for which time has made something due to the queue `settle`."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.jobs.lambda_handler import count, measure_seconds, observed

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="sweep")
@observed
def sweep(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Queries the index of what is due and nothing else."""
    swept = services().sweep.run()
    count("AccountsDue", swept.accounts)
    measure_seconds("OldestDueAccountAge", swept.oldest_due_seconds)
    return {"accounts": swept.accounts, "oldest_due_seconds": swept.oldest_due_seconds}
