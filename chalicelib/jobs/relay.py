"""The stream of notices: sends each new message as an e-mail."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.bootstrap import services
from chalicelib.jobs.lambda_handler import Record, count, each_record, image_of, log, observed
from chalicelib.notices.messages import MailState

blueprint = Blueprint(__name__)


@blueprint.lambda_function(name="relay")
@observed
def relay(event: dict[str, Any], context: Any) -> Any:
    """Records of the table's stream in, the sequence numbers of those that failed out."""
    return each_record(event, _deliver)


def _deliver(record: Record) -> None:
    """Only new messages: what the outbox itself writes comes through the same stream."""
    image = image_of(record)
    if record["eventName"] != "INSERT" or image.get("state") != MailState.PENDING:
        return
    outcome = services().outbox.deliver(image["account_id"], image["message_id"])
    count(outcome.counter)
    log("mail_tried", outcome=outcome, account_id=image["account_id"], message_id=image["message_id"])
