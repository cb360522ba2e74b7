"""Every five minutes: sends the messages that the stream dropped or that are to be tried again."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.jobs.lambda_handler import count, log, measure_seconds, observed

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="relay_missed")
@observed
def relay_missed(event: dict[str, Any], context: Any) -> Any:
    """How many of each outcome. The age of the message that has waited longest is what wakes an operator."""
    run = services().outbox.deliver_due()
    for outcome, times in run.outcomes.items():
        count(outcome.counter, times)
    measure_seconds("OldestPendingMessageAge", run.oldest_seconds)
    log("mail_round", oldest_seconds=run.oldest_seconds, **{str(kind): times for kind, times in run.outcomes.items()})
    return {str(outcome): times for outcome, times in run.outcomes.items()}
