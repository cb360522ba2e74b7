"""All writes of a commit or none, and what each way of failing means to the caller."""

import json
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.session import get_session
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PynamoDBException
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.tables import bind, connect, is_present
from chalicelib.adapters.dynamodb.transaction import (
    MOST_WRITES,
    PAUSES_MILLIS,
    Check,
    Delete,
    Put,
    Update,
    commit,
    put_new,
)
from chalicelib.errors import LostRace, OutcomeUnknown, Unavailable
from tests.adapters.dynamodb.emulated import items, recorded


class Thing(Model):
    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    amount = NumberAttribute(default=0)


@pytest.fixture
def thing(identity: Connection) -> type[Thing]:
    return bind(Thing, "IdentityTable", identity)


def amounts() -> dict[str, int]:
    return {item["key"]["S"]: int(item["amount"]["N"]) for item in items("IdentityTable")}


# What is written.


def test_all_kinds_of_writes_are_one_transaction(identity: Connection, thing: type[Thing]) -> None:
    for key in ("changed", "removed", "checked"):
        thing(key, "-").save()
    writes = [
        put_new(thing("made", "-", amount=1)),
        Update(thing("changed", "-"), [thing.amount.set(2)], thing.amount == 0),
        Delete(thing("removed", "-"), thing.amount == 0),
        Check(thing("checked", "-"), thing.amount == 0),
    ]
    with recorded(identity) as calls:
        commit(identity, writes)
    assert [operation for operation, _ in calls] == ["TransactWriteItems"]
    assert amounts() == {"made": 1, "changed": 2, "checked": 0}


@pytest.mark.parametrize("false_one", ["put", "update", "delete", "check"])
def test_one_false_condition_and_nothing_is_written(identity: Connection, thing: type[Thing], false_one: str) -> None:
    for key in ("put", "update", "delete", "check"):
        thing(key, "-", amount=7).save()
    before = items("IdentityTable")
    false = {
        "put": put_new(thing("put", "-")),
        "update": Update(thing("update", "-"), [thing.amount.set(1)], thing.amount == 8),
        "delete": Delete(thing("delete", "-"), thing.amount == 8),
        "check": Check(thing("check", "-"), thing.amount == 8),
    }[false_one]
    with pytest.raises(LostRace):
        commit(identity, [put_new(thing("new", "-")), false, Put(thing("another", "-"))])
    assert items("IdentityTable") == before


@pytest.mark.parametrize(
    ("make", "operation"),
    [
        (lambda thing: put_new(thing("new", "-")), "PutItem"),
        (lambda thing: Update(thing("there", "-"), [thing.amount.set(1)], is_present(thing)), "UpdateItem"),
        (lambda thing: Delete(thing("there", "-"), is_present(thing)), "DeleteItem"),
    ],
)
def test_one_write_goes_alone(
    identity: Connection, thing: type[Thing], make: Callable[[type[Thing]], Put], operation: str
) -> None:
    thing("there", "-").save()
    with recorded(identity) as calls:
        commit(identity, [make(thing)])
    assert [operation for operation, _ in calls] == [operation]


def test_an_update_of_what_is_not_there_makes_nothing(identity: Connection, thing: type[Thing]) -> None:
    with pytest.raises(LostRace):
        commit(identity, [Update(thing("missing", "-"), [thing.amount.set(1)], is_present(thing))])
    assert items("IdentityTable") == []


def test_a_check_alone_is_still_made(identity: Connection, thing: type[Thing]) -> None:
    with pytest.raises(LostRace):
        commit(identity, [Check(thing("missing", "-"), is_present(thing))])


def test_a_token_goes_with_the_transaction(identity: Connection, thing: type[Thing]) -> None:
    with recorded(identity) as calls:
        commit(identity, [put_new(thing("a", "-")), put_new(thing("b", "-"))], token="decision-1")
    assert calls[0][1]["ClientRequestToken"] == "decision-1"


def test_targets_name_table_and_key(thing: type[Thing]) -> None:
    assert put_new(thing("a", "b")).target == "IdentityTable/a/b"


class Stranger:
    target = "elsewhere"


def test_mistakes_of_ours_are_told_before_anything_is_sent(thing: type[Thing], identity: Connection) -> None:
    with pytest.raises(TypeError):
        commit(identity, [Stranger()])
    with pytest.raises(ValueError, match="not 0"):
        commit(identity, [])
    with pytest.raises(ValueError, match="not 101"):
        commit(identity, [Put(thing(str(number), "-")) for number in range(MOST_WRITES + 1)])
    with pytest.raises(ValueError, match="one item"):
        commit(identity, [Put(thing("a", "-")), Check(thing("a", "-"), is_present(thing))])
    assert items("IdentityTable") == []


def test_a_hundred_writes_are_one_transaction(thing: type[Thing], identity: Connection) -> None:
    commit(identity, [put_new(thing(str(number), "-")) for number in range(MOST_WRITES)])
    assert len(items("IdentityTable")) == MOST_WRITES


# What a failure means. Answers are scripted below botocore, whose own repeats are real.

Answer = Exception | tuple[int, str] | tuple[int, str, Sequence[str]]

CONDITION = (400, "ConditionalCheckFailedException")
THROTTLED = (400, "ProvisionedThroughputExceededException")
DONE = (200, "")
MODELS_READ_ONCE = get_session()
NO_ANSWER = ReadTimeoutError(endpoint_url="http://database")


class Script:
    """Stands in for botocore's HTTP session: gives the answers in their order, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.tokens: list[str | None] = []

    def send(self, request: Any) -> AWSResponse:
        self.tokens.append(json.loads(request.body).get("ClientRequestToken"))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, code, *reasons = answer
        body: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": ""} if code else {}
        if reasons:
            body["CancellationReasons"] = [{"Code": reason} for reason in reasons[0]]
        raw = SimpleNamespace(stream=lambda *_, **__: iter([json.dumps(body).encode()]))
        return AWSResponse("http://database", status, {}, raw)

    def close(self) -> None:
        """Nothing is open."""


def cancelled(*reasons: str) -> Answer:
    return 400, "TransactionCanceledException", reasons


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., tuple[Connection, Script]]]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))

    def make(*answers: Answer) -> tuple[Connection, Script]:
        connection, script = connect("us-east-1"), Script(*answers)
        connection._local.session = MODELS_READ_ONCE
        connection.client._endpoint.http_session = script
        return connection, script

    yield make


Scripted = Callable[..., tuple[Connection, Script]]


def one(connection: Connection) -> list[Put]:
    thing = bind(Thing, "things", connection)
    return [put_new(thing("a", "-"))]


def two(connection: Connection) -> list[Put]:
    thing = bind(Thing, "things", connection)
    return [put_new(thing("a", "-")), put_new(thing("b", "-"))]


@pytest.mark.parametrize(
    ("reasons", "fault"),
    [
        (["ConditionalCheckFailed", "None"], LostRace),
        (["None", "TransactionConflict"], LostRace),
        (["ThrottlingError", "ConditionalCheckFailed"], LostRace),
        (["ThrottlingError", "TransactionConflict"], LostRace),
        (["ThrottlingError", "None"], Unavailable),
        (["None", "ProvisionedThroughputExceeded"], Unavailable),
    ],
)
def test_reasons_of_a_cancelled_transaction(scripted: Scripted, reasons: list[str], fault: type[Exception]) -> None:
    connection, _ = scripted(cancelled(*reasons))
    with pytest.raises(fault):
        commit(connection, two(connection), pause=lambda _: None)


def test_a_transaction_cancelled_for_capacity_is_sent_again(scripted: Scripted) -> None:
    connection, script = scripted(cancelled("ThrottlingError", "None"), cancelled("ThrottlingError", "None"), DONE)
    pauses: list[int] = []
    commit(connection, two(connection), pause=pauses.append)
    assert pauses == list(PAUSES_MILLIS[:2])
    assert len(script.tokens) == 3


def test_and_given_up_after_its_pauses(scripted: Scripted) -> None:
    connection, _ = scripted(cancelled("ThrottlingError", "None"))
    pauses: list[int] = []
    with pytest.raises(Unavailable):
        commit(connection, two(connection), pause=pauses.append)
    assert pauses == list(PAUSES_MILLIS)


def test_a_cancellation_that_is_our_mistake_is_not_dressed_up(scripted: Scripted) -> None:
    connection, _ = scripted(cancelled("ValidationError", "None"))
    with pytest.raises(PynamoDBException):
        commit(connection, two(connection))
    connection, _ = scripted((400, "ValidationException"))
    with pytest.raises(PynamoDBException):
        commit(connection, one(connection))


@pytest.mark.parametrize("writes", [one, two])
@pytest.mark.parametrize(
    "failure",
    [
        NO_ANSWER,
        ConnectTimeoutError(endpoint_url="http://database"),
        EndpointConnectionError(endpoint_url="http://database"),
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
        (400, "TransactionInProgressException"),
    ],
    ids=str,
)
def test_no_answer_is_an_unknown_outcome(
    scripted: Scripted, writes: Callable[[Connection], list[Put]], failure: Answer
) -> None:
    connection, script = scripted(failure)
    with pytest.raises(OutcomeUnknown):
        commit(connection, writes(connection))
    assert len(script.tokens) == 4, "the SDK repeats three times"


@pytest.mark.parametrize("writes", [one, two])
def test_throttling_that_lasts_is_unavailable(scripted: Scripted, writes: Callable[[Connection], list[Put]]) -> None:
    connection, _ = scripted(THROTTLED)
    with pytest.raises(Unavailable):
        commit(connection, writes(connection))


def test_repeats_of_a_transaction_carry_one_token(scripted: Scripted) -> None:
    connection, script = scripted(NO_ANSWER, (500, "InternalServerError"), DONE)
    commit(connection, two(connection))
    assert len(script.tokens) == 3
    assert len(set(script.tokens)) == 1
    assert script.tokens[0]


def test_a_single_write_refused_at_once_has_lost_a_race(scripted: Scripted) -> None:
    connection, _ = scripted(CONDITION)
    with pytest.raises(LostRace):
        commit(connection, one(connection))


def test_a_single_write_refused_when_repeated_may_have_beaten_itself(scripted: Scripted) -> None:
    connection, _ = scripted(NO_ANSWER, CONDITION)
    with pytest.raises(OutcomeUnknown):
        commit(connection, one(connection))


def test_a_single_write_against_a_transaction_has_lost_a_race(scripted: Scripted) -> None:
    connection, _ = scripted((400, "TransactionConflictException"))
    with pytest.raises(LostRace):
        commit(connection, one(connection))


@pytest.mark.parametrize("failure", [NO_ANSWER, THROTTLED, (500, "InternalServerError")], ids=str)
def test_reads_that_fail_are_unavailable(scripted: Scripted, failure: Answer) -> None:
    connection, _ = scripted(failure)
    with pytest.raises(Unavailable), reading():
        bind(Thing, "things", connection).get("a", "-")


def test_a_read_that_is_our_mistake_is_not_dressed_up(scripted: Scripted) -> None:
    connection, _ = scripted((400, "ValidationException"))
    with pytest.raises(PynamoDBException) as caught, reading():
        bind(Thing, "things", connection).get("a", "-")
    assert isinstance(caught.value.cause, ClientError)
