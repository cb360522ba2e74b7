"""What fails on the local stack, in a beat of its clock or in a request of its own, is told, and it goes on."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.heartbeat import beat_until
from local.web import Web, serve
from local.world import World


def beats(*outcomes: Exception | None) -> tuple[list[str], int]:
    """What is told of beats that end so, the last of which stops the clock; and how many there were."""
    stopping, told, left = threading.Event(), list[str](), list(outcomes)

    def beat() -> None:
        outcome = left.pop(0)
        if not left:
            stopping.set()
        if outcome is not None:
            raise outcome

    beat_until(stopping, beat, told.append)
    return told, len(outcomes) - len(left)


def test_a_beat_that_fails_is_written_down_told_once_and_tried_again(capsys: pytest.CaptureFixture[str]) -> None:
    refusals = [ConnectionError("the queue\ndoes not answer"), ConnectionError("it still does not")]
    told, count = beats(*refusals, None)
    assert count == 3
    assert told == [
        "The clock goes on, but what was due failed and is tried again: ConnectionError: the queue does not answer",
        "What was due has been done.",
    ]
    written = capsys.readouterr().out
    assert written.count("Traceback") == 1 and "in beat" in written


def test_another_failure_is_told_as_well() -> None:
    told, _ = beats(ConnectionError("the queue"), KeyError("a table"), ConnectionError("the queue"))
    assert [line.rpartition("again: ")[2] for line in told] == [
        "ConnectionError: the queue", "KeyError: 'a table'", "ConnectionError: the queue",
    ]  # fmt: skip


def test_beats_that_work_say_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert beats(None, None) == ([], 2)
    assert capsys.readouterr().out == ""


class Broken:
    """A line of time on which a move fails once."""

    def __init__(self) -> None:
        self.moves = 0

    def advance(self, seconds: int) -> int:
        self.moves += 1
        if self.moves == 1:
            raise ConnectionError("the queue does not answer")
        return seconds


class Silent:
    """No daemons."""

    def speak_through(self, handle: object) -> None:
        """Nobody speaks."""


@pytest.fixture
def post() -> Any:
    """Moves the clock of a stack whose first move fails, over its port."""
    world = cast(World, SimpleNamespace(jump=Broken().advance, clock=lambda: 0, daemons=Silent()))
    server = serve(Web(world, cast(Any, SimpleNamespace(handle=None)), ""), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def move() -> tuple[int, Any]:
        url = f"http://127.0.0.1:{server.server_address[1]}/local/clock"
        try:
            with urllib.request.urlopen(url, b'{"advance_seconds": 7}', timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            return refused.code, json.loads(refused.read())

    yield move
    server.shutdown()


def test_a_move_of_the_clock_that_fails_is_a_500_that_says_what_failed(
    post: Callable[[], tuple[int, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    status, answer = post()
    message = "The local stack failed at 1970-01-01T00:00:00Z: ConnectionError: the queue does not answer. Try again."
    assert (status, answer) == (
        500,
        {"error": {"code": "internal", "message": message, "field": None}, "message": message},
    )
    assert "Traceback" in capsys.readouterr().out
    assert post() == (200, {"now": 7})
