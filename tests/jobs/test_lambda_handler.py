"""What is around every job: the correlation id through the queue, logs without secrets, metrics, isolated records."""

from typing import Any

import pytest

from chalicelib import correlation
from chalicelib.adapters.sqs import SqsQueue
from chalicelib.errors import Unavailable
from chalicelib.jobs.lambda_handler import (
    Record,
    count,
    each_record,
    hint_of,
    log,
    log_error,
    measure_seconds,
    observed,
)
from tests.jobs.lambda_events import Context, logged, published, queue_event, stream_event


def test_a_run_begins_a_correlation_id_and_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    @observed
    def job(event: dict[str, Any], context: Any) -> str:
        log("looked", accounts=3)
        return correlation.current()

    assert job({}, Context("run-7")) == "run-7"
    assert correlation.current() == ""
    (line,) = logged(capsys.readouterr().out)
    assert (line["message"], line["correlation_id"], line["accounts"]) == ("looked", "run-7", 3)


def test_each_record_is_handled_under_the_id_that_the_queue_carried() -> None:
    seen: list[tuple[str, object]] = []

    @observed
    def job(event: dict[str, Any], context: Any) -> Any:
        return each_record(event, lambda record: seen.append((correlation.current(), hint_of(record)["n"])))

    assert job(queue_event([{"n": 1}, {"n": 2}], "sweep-9"), Context()) == {"batchItemFailures": []}
    assert job(queue_event([{"n": 3}]), Context("run-1")) == {"batchItemFailures": []}
    assert seen == [("sweep-9", 1), ("sweep-9", 2), ("run-1", 3)]


def test_a_queue_sends_the_id_beside_the_hint() -> None:
    sent: list[dict[str, Any]] = []

    class Sqs:
        def send_message_batch(self, **request: Any) -> dict[str, Any]:
            sent.extend(request["Entries"])
            return {}

    queue = SqsQueue("https://queue", "us-east-1")
    queue.__dict__["_sqs"] = Sqs()
    with correlation.under("sweep-9"):
        queue.send([{"account_id": "acct_1"}])
    queue.send([{"account_id": "acct_2"}])
    assert [entry["MessageBody"] for entry in sent] == ['{"account_id": "acct_1"}', '{"account_id": "acct_2"}']
    assert sent[0]["MessageAttributes"]["correlation_id"] == {"DataType": "String", "StringValue": "sweep-9"}
    assert sent[1]["MessageAttributes"] == {}


def test_one_record_that_fails_is_named_and_the_others_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[object] = []

    def handle(record: Record) -> None:
        number = hint_of(record)["n"]
        if number == 2:
            raise RuntimeError("a secret that somebody typed")
        done.append(number)

    answer = observed(lambda event, context: each_record(event, handle))(
        queue_event([{"n": 1}, {"n": 2}, {"n": 3}]), Context()
    )
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert done == [1, 3]
    out = capsys.readouterr().out
    assert published(out) == {"RecordsFailed": 1}
    (line,) = logged(out)
    assert (line["level"], line["error"], line["record"]) == ("ERROR", "RuntimeError", "m1")
    assert any("handle" in frame for frame in line["frames"])
    assert "secret" not in out


def test_a_body_that_is_no_json_fails_by_itself() -> None:
    event = queue_event([{"n": 1}, {"n": 2}])
    event["Records"][0]["body"] = "{"
    seen: list[object] = []
    answer = each_record(event, lambda record: seen.append(hint_of(record)))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert seen == [{"n": 2}]


def test_a_streams_record_is_named_by_its_sequence_number() -> None:
    def fail(record: Record) -> None:
        raise Unavailable("later")

    event = stream_event({"eventName": "INSERT", "dynamodb": {"SequenceNumber": "00042"}})
    assert each_record(event, fail) == {"batchItemFailures": [{"itemIdentifier": "00042"}]}


def test_an_event_without_records_is_an_empty_batch() -> None:
    assert each_record({}, lambda record: None) == {"batchItemFailures": []}


def test_metrics_are_published_once_each_run_however_it_ends(capsys: pytest.CaptureFixture[str]) -> None:
    @observed
    def job(event: dict[str, Any], context: Any) -> None:
        count("AccountsDue", 2)
        count("AccountsDue", 3)
        measure_seconds("OldestDueAccountAge", 17)
        if event:
            raise KeyError("x")

    job({}, Context())
    assert published(capsys.readouterr().out) == {"AccountsDue": 5, "OldestDueAccountAge": 17}
    with pytest.raises(KeyError):
        job({"fail": 1}, Context())
    out = capsys.readouterr().out
    assert published(out) == {"AccountsDue": 5, "OldestDueAccountAge": 17}
    (line,) = logged(out)
    assert (line["message"], line["job"], line["error"]) == ("job_failed", "job", "KeyError")


def test_without_metrics_nothing_is_published(capsys: pytest.CaptureFixture[str]) -> None:
    observed(lambda event, context: None)({}, Context())
    count("OutsideOfAnyRun")
    assert capsys.readouterr().out == ""


def test_our_own_words_about_an_error_are_logged(capsys: pytest.CaptureFixture[str]) -> None:
    log_error("tried", Unavailable("The database is busy."), account_id="acct_1")
    (line,) = logged(capsys.readouterr().out)
    assert (line["said"], line["account_id"]) == ("The database is busy.", "acct_1")


def test_a_handler_keeps_its_name() -> None:
    def relay(event: dict[str, Any], context: Any) -> None:
        """What it does."""

    assert (observed(relay).__name__, observed(relay).__doc__) == ("relay", "What it does.")
