"""The handlers that send: new messages from the stream, and what the stream dropped."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from chalicelib.adapters.dynamodb.notices import DynamoNotices
from chalicelib.adapters.dynamodb.transaction import commit
from chalicelib.bootstrap import Services, use
from chalicelib.errors import OutcomeUnknown, Unavailable
from chalicelib.jobs.relay import relay
from chalicelib.jobs.relay_missed import relay_missed
from chalicelib.notices.messages import MailState
from chalicelib.notices.outbox import Outbox
from tests.adapters.dynamodb.emulated import REGION, emulated
from tests.jobs.lambda_events import Context, inserted, logged, published, stream_event, stream_record
from tests.notices.samples import LETTERHEAD, SAMPLES
from tests.notices.unreliable import NOON, Fault, Gate, Plan, Postbox, World, no_faults


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def serve(world: World) -> Iterator[Callable[[Plan], None]]:
    """Puts the world's outbox behind the handlers, with these faults."""

    def put(plan: Plan) -> None:
        services = Services()
        services.__dict__["outbox"] = world.outbox(Gate(plan))
        use(services)

    put(no_faults)
    yield put
    use(None)


pytestmark = pytest.mark.usefixtures("serve")


def test_each_new_message_is_sent(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    messages = [world.write(number) for number in range(3)]
    event = stream_event(*[inserted(message, number) for number, message in enumerate(messages)])
    assert relay(event, Context("run-1")) == {"batchItemFailures": []}
    assert world.times_sent() == {message.message_id: 1 for message in messages}
    out = capsys.readouterr().out
    assert published(out) == {"MailSent": 3}
    first = logged(out)[0]
    assert (first["message"], first["outcome"], first["correlation_id"]) == ("mail_tried", "sent", "run-1")
    assert first["message_id"] == messages[0].message_id
    assert "@" not in out, "no address in the logs"
    assert "Ada" not in out, "no name in the logs"


def test_only_new_messages_that_are_pending_are_looked_at(world: World) -> None:
    message = world.write(1)
    event = stream_event(
        stream_record("MODIFY", message, 1, state="pending"),
        inserted(message, 2, state="sent"),
        {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "3", "Keys": {}}},
    )
    assert relay(event, Context()) == {"batchItemFailures": []}
    assert world.letters == []


def test_a_record_that_comes_twice_is_sent_once(world: World) -> None:
    record = inserted(world.write(1))
    relay(stream_event(record, record), Context())
    relay(stream_event(record), Context())
    assert len(world.letters) == 1


def test_a_record_whose_store_fails_is_named_and_the_others_are_sent(
    world: World, serve: Callable[[Plan], None], capsys: pytest.CaptureFixture[str]
) -> None:
    messages = [world.write(number) for number in range(3)]
    reads = iter([Fault.NONE, Fault.BUSY])
    serve(lambda call: next(reads, Fault.NONE) if call == "notice" else Fault.NONE)
    event = stream_event(*[inserted(message, number) for number, message in enumerate(messages)])
    assert relay(event, Context()) == {"batchItemFailures": [{"itemIdentifier": "001"}]}
    assert {letter.message_id for letter in world.letters} == {messages[0].message_id, messages[2].message_id}
    assert published(capsys.readouterr().out) == {"MailSent": 2, "RecordsFailed": 1}


@pytest.mark.parametrize(
    ("fault", "counter"),
    [
        (Fault.THROTTLED, "MailHeldUp"),
        (Fault.NOT_READY, "MailHeldUp"),
        (Fault.REJECTED, "MailRejected"),
        (Fault.ANSWER_LOST, "MailUnknown"),
    ],
)
def test_a_refused_letter_does_not_hold_up_the_stream(
    world: World, serve: Callable[[Plan], None], fault: Fault, counter: str, capsys: pytest.CaptureFixture[str]
) -> None:
    serve(lambda call: fault if call == "send" else Fault.NONE)
    assert relay(stream_event(inserted(world.write(1))), Context()) == {"batchItemFailures": []}
    assert published(capsys.readouterr().out) == {counter: 1}


def test_the_schedule_sends_what_the_stream_dropped_and_says_how_long_it_waited(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    message = world.write(1)
    world.now += 60 + 290
    assert relay_missed({}, Context()) == {"sent": 1}
    assert world.times_sent() == {message.message_id: 1}
    assert published(capsys.readouterr().out) == {"MailSent": 1, "OldestPendingMessageAge": 290}
    assert relay_missed({}, Context()) == {}
    assert published(capsys.readouterr().out) == {"OldestPendingMessageAge": 0}, "silence would be an alarm"


def test_while_sending_is_paused_the_age_grows_in_every_run(
    world: World, serve: Callable[[Plan], None], capsys: pytest.CaptureFixture[str]
) -> None:
    world.write(1)
    serve(lambda call: Fault.NOT_READY if call == "send" else Fault.NONE)
    ages = []
    for _ in range(8):
        world.now += 300
        relay_missed({}, Context())
        ages.append(published(capsys.readouterr().out)["OldestPendingMessageAge"])
    assert ages == [300 * run for run in range(1, 9)]


def test_a_message_that_is_given_up_is_counted(
    world: World, serve: Callable[[Plan], None], capsys: pytest.CaptureFixture[str]
) -> None:
    message = world.write(1)
    serve(lambda call: Fault.REJECTED if call == "send" else Fault.NONE)
    counted: dict[str, float] = {}
    for _ in range(12 * 24 * 5):
        world.now += 300
        relay_missed({}, Context())
        for name, value in published(capsys.readouterr().out).items():
            counted[name] = counted.get(name, 0) + value
    assert counted["MailFailed"] == 1
    assert counted["MailRejected"] == 7
    assert world.store.notice(message.account_id, message.message_id).delivery.state is MailState.FAILED


def test_a_store_that_is_down_fails_the_run_which_is_an_alarm(
    world: World, serve: Callable[[Plan], None]
) -> None:
    serve(lambda call: Fault.BUSY)
    with pytest.raises((Unavailable, OutcomeUnknown)):
        relay_missed({}, Context())


def test_a_real_record_of_the_stream_is_understood(world: World) -> None:
    """From the transaction through the table's own stream to the e-mail."""
    sample = SAMPLES["account_suspended"]
    with emulated("NoticesTable") as connection:
        store = DynamoNotices("NoticesTable", connection)
        postbox = Postbox(Gate(no_faults), world.letters)
        services = Services()
        services.__dict__["outbox"] = Outbox(store, postbox, postbox, lambda: NOON, LETTERHEAD)
        use(services)
        commit(connection, [store.writing(sample)])
        assert relay({"Records": records_of("NoticesTable")}, Context()) == {"batchItemFailures": []}
        assert [letter.message_id for letter in world.letters] == [sample.message_id]
        assert store.notice(sample.account_id, sample.message_id).delivery.state is MailState.SENT
        assert relay({"Records": records_of("NoticesTable")}, Context()) == {"batchItemFailures": []}
        assert len(world.letters) == 1


def records_of(table: str) -> list[dict[str, Any]]:
    streams = boto3.client("dynamodbstreams", region_name=REGION, config=Config(account_id_endpoint_mode="disabled"))
    (stream,) = [found for found in streams.list_streams()["Streams"] if found["TableName"] == table]
    description = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"],
        ShardId=description["Shards"][0]["ShardId"],
        ShardIteratorType="TRIM_HORIZON",
    )["ShardIterator"]
    records: list[dict[str, Any]] = streams.get_records(ShardIterator=iterator)["Records"]
    return records
