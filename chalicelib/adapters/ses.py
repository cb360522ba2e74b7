"""E-mails through SES. The SDK repeats nothing: SendEmail has no token, so a repeat after a lost answer sends twice."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)

from chalicelib.errors import OutcomeUnknown
from chalicelib.notices.delivery import Refusal
from chalicelib.notices.mailer import Letter, Refused

CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 5

_THROTTLED = frozenset(
    {"TooManyRequestsException", "LimitExceededException", "Throttling", "ThrottlingException", "RequestLimitExceeded"}
)
_UNREACHED = (ConnectTimeoutError, EndpointConnectionError)
_UNSENT = (NoCredentialsError, CredentialRetrievalError, ParamValidationError)
"""What fails before anything is sent. Of every other failure without an answer nothing is known."""
_REJECTED = frozenset({"MessageRejected", "BadRequestException"})


class SesMailer:
    """A Mailer. `sender` is an address of an identity that SES has verified."""

    def __init__(self, sender: str, region: str) -> None:
        self._sender = sender
        self._region = region

    @cached_property
    def _ses(self) -> Any:
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 1},
        )
        return boto3.client("sesv2", region_name=self._region, config=config)

    def send(self, letter: Letter) -> None:
        """One call, whatever happens. Raises Refused or OutcomeUnknown."""
        if not letter.to.isprintable():
            raise Refused(Refusal.REJECTED, "the address has characters that no address has")
        try:
            self._ses.send_email(**_request(letter, self._sender))
        except ClientError as error:
            raise _refusal(error) from error
        except _UNREACHED as error:
            raise Refused(Refusal.THROTTLED, type(error).__name__) from error
        except _UNSENT as error:
            raise Refused(Refusal.NOT_READY, type(error).__name__) from error
        except BotoCoreError as error:
            raise OutcomeUnknown(f"SES did not answer: {type(error).__name__}.") from error


def _request(letter: Letter, sender: str) -> dict[str, Any]:
    content = letter.content
    return {
        "FromEmailAddress": sender,
        "Destination": {"ToAddresses": [letter.to]},
        "Content": {
            "Simple": {
                "Subject": _utf8(content.subject),
                "Body": {"Text": _utf8(content.text), "Html": _utf8(content.html)},
                "Headers": [
                    {"Name": "Auto-Submitted", "Value": "auto-generated"},
                    {"Name": "X-Notice-Id", "Value": letter.message_id},
                ],
            }
        },
        "EmailTags": [
            {"Name": "notice", "Value": letter.message_id},
            {"Name": "topic", "Value": letter.topic},
        ],
    }


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _refusal(error: ClientError) -> Exception:
    """An answer from the 500s leaves open whether the e-mail went out; any other says that it did not."""
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _THROTTLED or status == 429:
        return Refused(Refusal.THROTTLED, code)
    if status >= 500 or status == 0:
        return OutcomeUnknown(f"SES answered {status} {code}.")
    return Refused(Refusal.REJECTED if code in _REJECTED else Refusal.NOT_READY, code)
