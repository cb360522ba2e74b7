"""What lies between botocore and an engine: passes requests on, or does what goes wrong on the way.

It takes the place of botocore's HTTP session, so that the SDK's own repeats and the adapter's reading of errors are
real. Trouble befalls transactions alone: they are what moves money.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

PATIENCE_SECONDS = 30
SDK_TRIES = 4
"""How often the SDK sends a request before its caller hears that there was no answer."""
NOWHERE = "http://database"

Send = Callable[[Any], Any]
Trouble = Callable[[Send, Any], Any]


class Killed(BaseException):
    """The process is gone: nothing catches it, nothing runs after it."""


class Hold:
    """One thread stands before its first transaction until it is let go."""

    def __init__(self) -> None:
        self.arrived, self.go = threading.Event(), threading.Event()

    def stand(self) -> None:
        self.arrived.set()
        assert self.go.wait(PATIENCE_SECONDS), "nobody let it go"


class Wire:
    """One connection's way to its engine. Threads may share it."""

    def __init__(self, session: Any) -> None:
        self._session = session
        self._troubles: deque[Trouble] = deque()
        self._lasting: Trouble | None = None
        self._line_up: threading.Barrier | None = None
        self._holds: dict[threading.Thread, Hold] = {}
        self._seen: set[threading.Thread] = set()
        self.transactions = 0
        """How often a transaction was sent, repeats included."""

    # What goes wrong, once or as often as it is said, with the next transactions.

    def conflict(self, times: int = 1) -> None:
        """Another transaction holds one of the items. The engines never say so: they take one after the other."""
        self._troubles += [_refused("TransactionCanceledException", ["None", "TransactionConflict"])] * times

    def throttle(self, times: int = 1) -> None:
        """Cancelled, because a table has no capacity now."""
        self._troubles += [_refused("TransactionCanceledException", ["ThrottlingError", "None"])] * times

    def refuse(self, code: str, times: int = 1) -> None:
        """The whole request is refused, such as by ThrottlingException."""
        self._troubles += [_refused(code)] * times

    def lose_answer(self, times: int = 1) -> None:
        """It is carried out and nobody hears of it."""
        self._troubles += [_unheard] * times

    def lose_request(self, times: int = 1) -> None:
        """It never arrives."""
        self._troubles += [_unsent] * times

    def kill(self, *, applied: bool) -> None:
        """Its sender dies, before or after it took effect."""
        self._troubles.append(_killed_after if applied else _killed_before)

    def throttle_for_good(self) -> None:
        """Until `calm`."""
        self._lasting = _refused("ThrottlingException")

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self._lasting = None
        self._troubles.clear()

    @property
    def troubled(self) -> bool:
        """Whether something is still to go wrong."""
        return bool(self._troubles)

    # Who waits for whom.

    def line_up(self, count: int) -> None:
        """So many threads stand before their first transaction until all do; none when 0."""
        self._line_up = threading.Barrier(count) if count else None
        self._seen.clear()

    def hold(self, thread: threading.Thread) -> Hold:
        """This thread stands before its first transaction."""
        self._holds[thread] = Hold()
        return self._holds[thread]

    # What botocore calls.

    def send(self, request: Any) -> Any:
        if not _is_transaction(request):
            return self._session.send(request)
        self._wait()
        self.transactions += 1
        try:
            trouble = self._troubles.popleft()
        except IndexError:
            trouble = self._lasting or _passed_on
        return trouble(self._session.send, request)

    def close(self) -> None:
        self._session.close()

    def _wait(self) -> None:
        thread = threading.current_thread()
        if thread in self._seen:
            return
        self._seen.add(thread)
        if hold := self._holds.pop(thread, None):
            hold.stand()
        elif self._line_up is not None:
            self._line_up.wait(PATIENCE_SECONDS)


def _is_transaction(request: Any) -> bool:
    target = request.headers["X-Amz-Target"]
    name = target.decode() if isinstance(target, bytes) else str(target)
    return name.endswith(".TransactWriteItems")


def _passed_on(send: Send, request: Any) -> Any:
    return send(request)


def _unheard(send: Send, request: Any) -> Any:
    send(request)
    raise ReadTimeoutError(endpoint_url=NOWHERE)


def _unsent(send: Send, request: Any) -> Any:
    raise ConnectTimeoutError(endpoint_url=NOWHERE)


def _killed_before(send: Send, request: Any) -> Any:
    raise Killed


def _killed_after(send: Send, request: Any) -> Any:
    send(request)
    raise Killed


def _refused(code: str, reasons: Sequence[str] = ()) -> Trouble:
    body: dict[str, Any] = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": ""}
    if reasons:
        body["CancellationReasons"] = [{"Code": reason} for reason in reasons]

    def refuse(send: Send, request: Any) -> Any:
        raw = SimpleNamespace(stream=lambda *_, **__: iter([json.dumps(body).encode()]))
        return AWSResponse(NOWHERE, 400, {}, raw)

    return refuse
