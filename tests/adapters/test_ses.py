"""E-mails through SES: one call whatever happens, and what each answer means."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
    SSLError,
)
from moto import mock_aws
from moto.ses.models import ses_backends

from chalicelib.adapters.ses import SesMailer
from chalicelib.errors import OutcomeUnknown
from chalicelib.notices.delivery import Refusal
from chalicelib.notices.letters import Rendered
from chalicelib.notices.mailer import Letter, Refused

SENDER = "billing@example.com"
CONTENT = Rendered("Server “träin” is offline", "Hello Ada,\n", "<p>Hello Ada,</p>")
LETTER = Letter("ada@example.org", "mesg_0w3kabcd000000000000", "rental_suspended", CONTENT)
ENDPOINT = "https://email.us-east-1.amazonaws.com"


@pytest.fixture
def mailer(monkeypatch: pytest.MonkeyPatch) -> SesMailer:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    return SesMailer(SENDER, "us-east-1")


def answered(mailer: SesMailer, answer: Callable[[], Any]) -> list[str]:
    """The calls from now on, each answered so; none leaves the process."""
    calls: list[str] = []

    def note(request: Any, **_: Any) -> Any:
        calls.append(request.url)
        return answer()

    mailer._ses.meta.events.register_first("before-send.sesv2", note)
    return calls


def failing(error: Exception) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def answering(status: int, code: str) -> Callable[[], Any]:
    def answer() -> Any:
        response = AWSResponse(ENDPOINT, status, {"x-amzn-errortype": code}, None)
        response._content = b'{"message": "no"}'
        return response

    return answer


@mock_aws
def test_a_letter_arrives_with_subject_text_html_and_its_id(mailer: SesMailer) -> None:
    seen: list[dict[str, Any]] = []
    mailer._ses.create_email_identity(EmailIdentity=SENDER)
    mailer._ses.meta.events.register("provide-client-params.sesv2", lambda params, **_: seen.append(params))
    mailer.send(LETTER)
    (arrived,) = ses_backends["123456789012"]["us-east-1"].sent_messages
    assert (arrived.source, arrived.subject, arrived.body) == (SENDER, CONTENT.subject, CONTENT.html)
    (request,) = seen
    assert request["Destination"] == {"ToAddresses": ["ada@example.org"]}
    assert request["Content"]["Simple"]["Body"]["Text"] == {"Data": CONTENT.text, "Charset": "UTF-8"}
    assert {"Name": "X-Notice-Id", "Value": LETTER.message_id} in request["Content"]["Simple"]["Headers"]
    assert {"Name": "notice", "Value": LETTER.message_id} in request["EmailTags"]


@mock_aws
def test_a_sender_that_ses_does_not_know_is_a_definite_refusal(mailer: SesMailer) -> None:
    with pytest.raises(Refused):
        mailer.send(LETTER)


def test_one_lost_answer_is_one_call(mailer: SesMailer) -> None:
    """The SDK's own repeat would send a second e-mail."""
    calls = answered(mailer, failing(ReadTimeoutError(endpoint_url=ENDPOINT)))
    with pytest.raises(OutcomeUnknown):
        mailer.send(LETTER)
    assert len(calls) == 1


def test_time_limits_are_short_and_nothing_is_repeated(mailer: SesMailer) -> None:
    config = mailer._ses.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)
    assert config.retries["total_max_attempts"] == 1


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [
        (answering(429, "TooManyRequestsException"), Refusal.THROTTLED),
        (answering(400, "LimitExceededException"), Refusal.THROTTLED),
        (answering(400, "ThrottlingException"), Refusal.THROTTLED),
        (failing(ConnectTimeoutError(endpoint_url=ENDPOINT)), Refusal.THROTTLED),
        (failing(EndpointConnectionError(endpoint_url=ENDPOINT)), Refusal.THROTTLED),
        (answering(400, "SendingPausedException"), Refusal.NOT_READY),
        (answering(400, "AccountSuspendedException"), Refusal.NOT_READY),
        (answering(400, "MailFromDomainNotVerifiedException"), Refusal.NOT_READY),
        (answering(404, "NotFoundException"), Refusal.NOT_READY),
        (answering(403, "AccessDeniedException"), Refusal.NOT_READY),
        (answering(403, "ExpiredTokenException"), Refusal.NOT_READY),
        (failing(NoCredentialsError()), Refusal.NOT_READY),
        (answering(400, "MessageRejected"), Refusal.REJECTED),
        (answering(400, "BadRequestException"), Refusal.REJECTED),
    ],
)
def test_a_definite_refusal_says_what_kind_it_is(
    mailer: SesMailer, answer: Callable[[], Any], refusal: Refusal
) -> None:
    calls = answered(mailer, answer)
    with pytest.raises(Refused) as raised:
        mailer.send(LETTER)
    assert raised.value.refusal is refusal
    assert len(calls) == 1


@pytest.mark.parametrize(
    "answer",
    [
        failing(ReadTimeoutError(endpoint_url=ENDPOINT)),
        failing(ConnectionClosedError(endpoint_url=ENDPOINT)),
        failing(SSLError(endpoint_url=ENDPOINT, error=OSError())),
        answering(500, "InternalFailure"),
        answering(503, "ServiceUnavailable"),
        answering(500, ""),
    ],
)
def test_anything_else_leaves_open_whether_it_was_sent(mailer: SesMailer, answer: Callable[[], Any]) -> None:
    calls = answered(mailer, answer)
    with pytest.raises(OutcomeUnknown):
        mailer.send(LETTER)
    assert len(calls) == 1


@pytest.mark.parametrize("address", ["ada@example.org\r\nBcc: x@example.com", "ada@example.org\x00", "a\u2028b@c.d"])
def test_an_address_with_line_breaks_is_never_handed_on(mailer: SesMailer, address: str) -> None:
    calls = answered(mailer, answering(200, ""))
    with pytest.raises(Refused) as raised:
        mailer.send(Letter(address, LETTER.message_id, LETTER.topic, CONTENT))
    assert raised.value.refusal is Refusal.REJECTED
    assert address not in str(raised.value)
    assert calls == []


def test_no_client_is_made_before_the_first_letter() -> None:
    assert "_ses" not in vars(SesMailer(SENDER, "us-east-1"))
