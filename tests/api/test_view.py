"""Whatever a view does, the answer has a status, a shape and headers; who calls is known before anything is read."""

import io
import json
import logging
import threading
from collections.abc import Callable, Iterator
from types import NoneType
from typing import Any

import pytest
from chalice.app import Blueprint, Chalice

from chalicelib import errors
from chalicelib.api import document, front, logs
from chalicelib.api.errors import STATUSES, status_of
from chalicelib.api.shapes import Shape
from chalicelib.api.view import Access, Call, operation, operation_of
from chalicelib.clock import HOUR
from chalicelib.errors import Failure, Invalid, LostRace, OutcomeUnknown, Unauthenticated
from tests.api.counter import Counter, api
from tests.api.validated import JSON, Client


class Echo(Shape, frozen=True, kw_only=True):
    """What was understood."""

    text: str
    account_id: str


class Said(Shape, frozen=True, kw_only=True):
    """Something to say."""

    text: str


def every_failure(base: type[Failure] = Failure) -> Iterator[type[Failure]]:
    for kind in base.__subclasses__():
        yield kind
        yield from every_failure(kind)


REFUSALS = tuple(kind for kind in every_failure() if kind in STATUSES)


class Stage:
    """A toy app: one view that echoes, and one that does what the test says."""

    def __init__(self, token: str) -> None:
        self.act: Callable[[], Any] = lambda: None
        self.blueprint = Blueprint(__name__)
        self._declare()
        self.app = Chalice("toy", configure_logs=False)
        for blueprint in (front.blueprint, document.blueprint, self.blueprint):
            self.app.register_blueprint(blueprint)
        self.client = Client(self.app, token)

    def _declare(self) -> None:
        @operation(self.blueprint, "POST", "/api/v1/echo", body=Said, answer=Echo, summary="Echo")
        def echo(call: Call[Said]) -> Echo:
            return Echo(text=call.asked.text, account_id=call.account_id)

        @operation(self.blueprint, "GET", "/api/v1/act", answer=Echo, summary="Act", refusals=REFUSALS)
        def act(call: Call[None]) -> Echo:
            self.act()
            return Echo(text="", account_id=call.account_id)

        @operation(
            self.blueprint, "GET", "/api/v1/open", answer=NoneType, access=Access.PUBLIC, summary="Nobody asks who"
        )
        def careless(call: Call[None]) -> None:
            raise AssertionError(f"a public view knows its caller: {call.account_id}")


@pytest.fixture
def stage(counter: Counter) -> Iterator[Stage]:
    """A blueprint knows one app, the last that it was registered on: afterwards that is the API's again."""
    yield Stage(counter.token)
    for blueprint in (front.blueprint, document.blueprint):
        blueprint._current_app = api()


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the API writes to its log."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs._logger().registered_formatter)
    logs._logger().addHandler(handler)
    yield stream
    logging.getLogger("api").removeHandler(handler)


def failing(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_view_gets_the_caller_and_what_is_asked(stage: Stage, counter: Counter) -> None:
    answer = stage.client.post("/api/v1/echo", {"text": "päivää ☀"})
    assert answer.status == 200
    assert answer.json == {"text": "päivää ☀", "account_id": counter.account_id}
    assert answer.headers["Content-Type"] == JSON


@pytest.mark.parametrize("kind", list(every_failure()), ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_has_a_status_of_its_own(kind: type[Failure], stage: Stage) -> None:
    assert kind in STATUSES, f"{kind.__name__} has no line in the table"
    stage.act = failing(kind("What to do.", code="a_code", field="a.field"))
    answer = stage.client.get("/api/v1/act")
    assert answer.status == STATUSES[kind] < 600
    assert answer.json == {
        "error": {"code": "a_code", "message": "What to do.", "field": "a.field"},
        "message": "What to do.",
    }


def test_every_error_of_the_module_is_mapped_or_a_base() -> None:
    kinds = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, Exception)]
    assert {kind for kind in kinds if kind not in STATUSES} == {Failure}


def test_an_error_made_later_is_answered_as_the_one_it_is_a_kind_of() -> None:
    class Special(Invalid):
        pass

    assert status_of(Special("No.")) == 400


@pytest.mark.parametrize("error", [LostRace("version 3 of acct"), OutcomeUnknown("table x")])
def test_what_a_store_raises_is_never_shown(error: Exception, stage: Stage) -> None:
    stage.act = failing(error)
    answer = stage.client.get("/api/v1/act")
    assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "unavailable", "1")
    assert str(error) not in answer.text


def test_an_unforeseen_error_tells_the_request_id_and_nothing_else(
    stage: Stage, counter: Counter, written: io.StringIO
) -> None:
    stage.act = failing(KeyError(f"secret {counter.token} of {counter.account_id}"))
    answer = stage.client.get("/api/v1/act")
    assert (answer.status, answer.code) == (500, "internal")
    assert answer.headers["X-Request-Id"] in answer.json["message"]
    assert "secret" not in answer.text and "KeyError" not in answer.text
    logged = written.getvalue()
    (line,) = [line for line in logged.splitlines() if "request_failed" in line]
    assert json.loads(line)["error"] == "KeyError"
    assert json.loads(line)["correlation_id"] == answer.headers["X-Request-Id"]
    assert any("test_view.py" in frame for frame in json.loads(line)["frames"])
    assert counter.token not in logged and "secret" not in logged


def test_logs_hold_no_credential_and_no_body(
    stage: Stage, counter: Counter, written: io.StringIO
) -> None:
    stage.client.post("/api/v1/echo", {"text": "my private words"})
    stage.client.post("/api/v1/echo", {"text": 5, "private": "words"})
    logged = written.getvalue()
    assert logged.count('"message":"answered"') >= 2
    assert counter.token not in logged and "words" not in logged
    assert counter.account_id in logged


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "token_missing"),
        ("", "token_missing"),
        ("Bearer", "token_unreadable"),
        ("Bearer ", "token_unreadable"),
        ("Basic dXNlcjpwYXNz", "token_unreadable"),
        ("Bearer a b", "token_unreadable"),
        ("Bearer tsai_api_" + "0" * 42, "token_unknown"),
        ("Bearer ☃", "token_unknown"),
    ],
)
def test_who_has_no_good_token_is_refused_before_anything_is_read(
    stage: Stage, header: str | None, code: str
) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = stage.client.as_caller(None).send("POST", "/api/v1/echo", b"{" * 100_000, headers)
    assert (answer.status, answer.code) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_expired_and_disabled_tokens_open_nothing(stage: Stage, counter: Counter) -> None:
    expiring = counter.new_token(counter.account_id, expires_at=counter.now + HOUR)
    mine = stage.client.as_caller(expiring)
    assert mine.get("/api/v1/act").status == 200
    counter.wait(hours=1)
    assert (mine.get("/api/v1/act").status, mine.get("/api/v1/act").code) == (401, "token_expired")
    for token in counter.services.tokens.list(counter.account_id):
        counter.services.tokens.disable(counter.account_id, token.token_id, counter.now)
    assert (stage.client.get("/api/v1/act").status, stage.client.get("/api/v1/act").code) == (401, "token_disabled")


def test_the_scheme_of_a_token_may_be_written_in_any_case(stage: Stage, counter: Counter) -> None:
    answer = stage.client.as_caller(None).get("/api/v1/act", authorization=f"bearer {counter.token}")
    assert answer.status == 200


def test_a_public_view_that_asks_who_calls_refuses(stage: Stage) -> None:
    with pytest.raises(Unauthenticated):
        _ = Call(None, {}, None, None).account_id
    raw = stage.client.as_caller(None)
    with pytest.raises(AssertionError, match="401, which is not documented"):
        raw.get("/api/v1/open")


def test_threads_do_not_take_each_others_requests(stage: Stage, counter: Counter) -> None:
    """Chalice keeps the current request on the app: the front door must not read it from there."""
    stage.client.get("/api/openapi.json")
    clients = {}
    for _ in range(4):
        account_id, token = counter.open()
        clients[account_id] = stage.client.as_caller(token)
    wrong: list[str] = []

    def ask(account_id: str, client: Client) -> None:
        for number in range(40):
            answer = client.post("/api/v1/echo", {"text": f"{account_id} {number}"})
            if answer.json != {"text": f"{account_id} {number}", "account_id": account_id}:
                wrong.append(answer.text)

    threads = [threading.Thread(target=ask, args=item) for item in clients.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE"])
def test_another_method_is_refused_in_the_one_shape(stage: Stage, method: str) -> None:
    answer = stage.client.send(method, "/api/v1/act", b"", {})
    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "method_not_allowed", "GET")


def test_options_promises_no_other_origin_anything(stage: Stage) -> None:
    raw = stage.client._gateway.handle_request("OPTIONS", "/api/v1/act", {"origin": "https://elsewhere.example"}, b"")
    assert raw["statusCode"] == 200
    assert "Access-Control-Allow-Origin" not in raw["headers"]


def test_a_route_that_was_not_declared_is_no_operation() -> None:
    with pytest.raises(TypeError, match="without being declared"):
        operation_of(lambda: None)
