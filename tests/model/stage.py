"""A stage on which invocations run one at a time and stop before and after each call of the store.

Threads hand a baton to each other, so that what runs when is told by the test and by nothing else.
"""

import threading
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from chalicelib.billing.account import Account
from chalicelib.billing.books import Books, Outcome, State
from chalicelib.billing.change import Change
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import Adjustment
from chalicelib.errors import Failure, OutcomeUnknown
from chalicelib.writes import Write
from tests.billing.commands import Decide
from tests.billing.desk import ACCOUNT, Desk
from tests.billing.memory_books import MemoryBooks, MemoryWrite

GO, KILL, LOSE = "go", "kill", "lose"
"""What an invocation is told: to go on, to die here, to get no answer from this commit."""

MARKS = "marks"
_PATIENCE_SECONDS = 20


class Killed(BaseException):
    """The Lambda is gone: nothing catches it, nothing runs after it."""


class Invocation:
    """One use case in a thread of its own, which runs only while it is told to."""

    def __init__(self, act: Callable[[], object], clock_error: int) -> None:
        self.clock_error = clock_error
        self.at = "the beginning"
        self.over = False
        self.refusal: Failure | None = None
        self.error: BaseException | None = None
        self._act = act
        self._order = GO
        self._told, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        _current[self._thread] = self
        self._thread.start()

    def step(self, order: str = GO) -> None:
        """Let it run to its next stop, or to its end."""
        if self.over:
            return
        self._order = order
        self._told.release()
        assert self._stopped.acquire(timeout=_PATIENCE_SECONDS), f"stuck after {self.at}"
        if self.error is not None:
            raise self.error

    def until(self, stop: str) -> "Invocation":
        """Let it run to the first stop of this name."""
        while not self.over:
            self.step()
            if self.at == stop:
                return self
        raise AssertionError(f"never came to {stop}")

    def finish(self) -> "Invocation":
        """Let it run to its end."""
        while not self.over:
            self.step()
        return self

    def stop(self, name: str) -> str:
        """Called in its thread: wait to be told what to do here."""
        self.at = name
        self._stopped.release()
        self._told.acquire()
        if self._order == KILL:
            raise Killed
        return self._order

    def _run(self) -> None:
        self._told.acquire()
        try:
            if self._order != KILL:
                self._act()
        except Failure as refusal:
            self.refusal = refusal
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
            self.error = error
        self.over = True
        _current.pop(threading.current_thread(), None)
        self._stopped.release()


_current: dict[threading.Thread, Invocation] = {}


class Stage:
    """Invocations over one desk's books."""

    def __init__(self, desk: Desk, policy: Policy | None = None) -> None:
        self.desk = desk
        self.store = StoppingStore(desk.store)
        self.books = Books(self.store, self._clock, desk.ids, policy or Policy(), lambda millis: None)  # type: ignore[arg-type]
        self.invocations: list[Invocation] = []
        self._marks = count()

    def do(self, decide: Decide, mark: object = None, clock_error: int = 0) -> Invocation:
        """Begin a command. What it commits carries the mark."""
        marked = self.marked(decide, mark)
        return self.begin(lambda: self.books.execute(ACCOUNT, marked), clock_error)

    def sweep(self, clock_error: int = 0) -> Invocation:
        """Begin a sweep's worker."""
        return self.begin(lambda: self.books.settle(ACCOUNT), clock_error)

    @property
    def running(self) -> list[Invocation]:
        return [invocation for invocation in self.invocations if not invocation.over]

    def finish(self) -> None:
        """Let everybody run to the end, one after the other."""
        for invocation in self.invocations:
            invocation.finish()

    def clear(self) -> None:
        """Nobody stays behind, whatever became of the test."""
        for invocation in self.running:
            invocation.step(KILL)

    def begin(self, act: Callable[[], object], clock_error: int) -> Invocation:
        """Begin a whole use case, which works with the stage's books and store."""
        invocation = Invocation(act, clock_error)
        self.invocations.append(invocation)
        return invocation

    def _clock(self) -> int:
        invocation = _current.get(threading.current_thread())
        return self.desk.now + (invocation.clock_error if invocation else 0)

    def marked(self, decide: Decide, mark: object) -> Decide:
        """The same decision, whose commit carries the mark."""

        def marking(state: State) -> Outcome[bool]:
            outcome = decide(state)
            if outcome.change is None:
                return outcome
            note = MemoryWrite((MARKS, ACCOUNT, next(self._marks)), mark, None)
            return Outcome(outcome.result, outcome.change, (*outcome.beside, note))

        return marking if mark is not None else decide


WRITES = frozenset({"adjusting", "once"})
"""What only makes a write for a later commit, and asks the store nothing."""


class StoppingStore:
    """Stops before and after each call that goes to the store. It has no other: a new one has to be added here."""

    def __init__(self, store: MemoryBooks) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        if name not in WRITES:
            raise AttributeError(f"{name} does not stop")
        return getattr(self._store, name)

    def account(self, account_id: str) -> Account:
        return self.stopping("account", lambda: self._store.account(account_id))

    def meters(self, account_id: str) -> tuple[Meter, ...]:
        return self.stopping("meters", lambda: self._store.meters(account_id))

    def adjustment(self, account_id: str, reference: str) -> Adjustment | None:
        return self.stopping("adjustment", lambda: self._store.adjustment(account_id, reference))

    def exists(self, target: str) -> bool:
        return self.stopping("exists", lambda: self._store.exists(target))

    def commit(self, change: Change | None, beside: Sequence[Write]) -> None:
        self.stopping("commit", lambda: self._store.commit(change, beside))

    def stopping(self, name: str, call: Callable[[], Any]) -> Any:
        """A call of this or another store, with a stop before and after it."""
        invocation = _current.get(threading.current_thread())
        if invocation is None:
            return call()
        _lose(invocation.stop(f"before {name}"), name)
        answer = call()
        _lose(invocation.stop(f"after {name}"), name)
        return answer


def _lose(order: str, name: str) -> None:
    if order == LOSE and name == "commit":
        raise OutcomeUnknown("no answer")
