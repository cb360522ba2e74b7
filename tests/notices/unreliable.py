"""A world for the outbox that loses, doubles, refuses, pauses and kills, and counts what may therefore be doubled.

A relay is one run of the outbox. Each of its calls to the store, the mailer and the addresses comes through a gate:
there it may be killed before or after the call takes effect, lose the request or the answer, or wait for its turn
while another relay goes on.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any

from chalicelib.errors import Failure, OutcomeUnknown, Unavailable
from chalicelib.notices.delivery import Refusal
from chalicelib.notices.letters import Letterhead
from chalicelib.notices.mailer import Letter, Recipient, Refused
from chalicelib.notices.messages import Message, Topic
from chalicelib.notices.outbox import Outbox, Outcome
from tests.notices.memory_notices import MemoryNotices

NOON = 1_772_366_400
LETTERHEAD = Letterhead("https://console.example.com", lambda link_id: f"{link_id}.signature")


class Killed(BaseException):
    """The process is gone: nothing catches it, and nothing that it does afterwards takes effect."""


class Fault(StrEnum):
    """What happens at one call."""

    NONE = "none"
    KILLED_BEFORE = "killed_before"
    KILLED_AFTER = "killed_after"
    REQUEST_LOST = "request_lost"
    ANSWER_LOST = "answer_lost"
    BUSY = "busy"
    THROTTLED = "throttled"
    NOT_READY = "not_ready"
    REJECTED = "rejected"


REFUSALS = {
    Fault.THROTTLED: Refusal.THROTTLED,
    Fault.NOT_READY: Refusal.NOT_READY,
    Fault.REJECTED: Refusal.REJECTED,
}

Plan = Callable[[str], Fault]
"""Says for each call, by name, what happens at it."""


def no_faults(call: str) -> Fault:
    return Fault.NONE


def fault_at(number: int, fault: Fault) -> Plan:
    """One fault, at one call of the relay, counted from 0."""
    calls = iter(range(10**6))
    return lambda call: fault if next(calls) == number else Fault.NONE


def drawn(faults: Iterator[Fault]) -> Plan:
    """A fault for each call, until there are no more."""
    return lambda call: next(faults, Fault.NONE)


@dataclass
class Gate:
    """What one relay's calls come through."""

    plan: Plan
    wait_for_turn: Callable[[], None] = lambda: None
    effects: list[str] = field(default_factory=list)
    dead: bool = False

    def call(self, name: str, effect: Callable[[], Any]) -> Any:
        self.wait_for_turn()
        if self.dead:
            raise Killed
        fault = self.plan(name)
        if name == "send" and fault in REFUSALS:
            raise Refused(REFUSALS[fault], "as planned")
        if fault is Fault.BUSY and name != "send":
            raise Unavailable("as planned")
        if fault is Fault.REQUEST_LOST:
            raise OutcomeUnknown("as planned")
        if fault is Fault.KILLED_BEFORE:
            self._die()
        answer = effect()
        self.effects.append(name)
        if fault is Fault.KILLED_AFTER:
            self._die()
        if fault is Fault.ANSWER_LOST:
            raise OutcomeUnknown("as planned")
        return answer

    def _die(self) -> None:
        self.dead = True
        raise Killed

    @property
    def left_sending_open(self) -> bool:
        """It sent an e-mail and did not get to say so."""
        return self.effects.count("send") > self.effects.count("mark_sent")


class GatedStore:
    """A store whose every call comes through a gate."""

    def __init__(self, store: MemoryNotices, gate: Gate) -> None:
        self._store, self._gate = store, gate

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)
        return lambda *arguments: self._gate.call(name, lambda: _read_out(method(*arguments)))


@dataclass
class Postbox:
    """A mailer that only keeps what it is given, and knows everybody's address."""

    gate: Gate
    letters: list[Letter]

    def send(self, letter: Letter) -> None:
        self.gate.call("send", lambda: self.letters.append(letter))

    def of(self, account_id: str) -> Recipient:
        recipient: Recipient = self.gate.call("of", lambda: Recipient(f"{account_id}@example.com", "Ada"))
        return recipient


@dataclass
class World:
    """Messages, a clock, every e-mail that went out, and every send that was left open."""

    store: MemoryNotices = field(default_factory=MemoryNotices)
    now: int = NOON
    letters: list[Letter] = field(default_factory=list)
    sends_left_open: int = 0

    def write(self, number: int, created_at: int | None = None) -> Message:
        """A message, written with the change that caused it."""
        moment = self.now if created_at is None else created_at
        facts = {"days": 7, "balance": 1, "rate": 1, "runs_out_at": NOON}
        message = Message(f"acct_{number:020}", f"mesg_{number:020}", Topic.BALANCE_LOW, moment, facts)
        self.store.write(message)
        return message

    def outbox(self, gate: Gate) -> Outbox:
        postbox = Postbox(gate, self.letters)
        return Outbox(GatedStore(self.store, gate), postbox, postbox, lambda: self.now, LETTERHEAD)

    def deliver(self, message: Message, plan: Plan = no_faults) -> Outcome | None:
        """The stream's record of a message reaches a relay. None: it was killed, or the record would come again."""
        outcome: Outcome | None = self._run(Gate(plan), partial(_deliver, message))
        return outcome

    def deliver_due(self, plan: Plan = no_faults) -> None:
        """The schedule runs."""
        self._run(Gate(plan), Outbox.deliver_due)

    def deliver_together(self, messages: Sequence[Message], turns: Sequence[int], plans: Sequence[Plan]) -> None:
        """Several relays at once, one for each message, calls in the order of `turns`."""
        relays = Relays()
        for message, plan in zip(messages, plans, strict=True):
            gate = Gate(plan)
            relays.add(gate, partial(self._run, gate, partial(_deliver, message)))
        relays.run(turns)

    def heal(self) -> None:
        """From now on nothing goes wrong: the schedule runs until nothing is pending."""
        for _ in range(1000):
            due_at = self.outbox(Gate(no_faults)).next_due_at()
            if due_at is None:
                return
            self.now = max(self.now + 300, due_at)
            self.deliver_due()
        raise AssertionError("It never ends.")

    def times_sent(self) -> Counter[str]:
        return Counter(letter.message_id for letter in self.letters)

    @property
    def doubles(self) -> int:
        return sum(times - 1 for times in self.times_sent().values())

    def _run(self, gate: Gate, work: Callable[[Outbox], Any]) -> Any:
        try:
            return work(self.outbox(gate))
        except (Killed, Failure, OutcomeUnknown):
            return None
        finally:
            self.sends_left_open += gate.left_sending_open


class Relays:
    """Relays in threads of which one runs at a time, from one call to the next, in a given order."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._turns: list[threading.Semaphore] = []
        self._paused = threading.Semaphore(0)
        self._ended: set[int] = set()

    def add(self, gate: Gate, work: Callable[[], Any]) -> None:
        """One more relay; it starts with its first turn."""
        place, turn = len(self._threads), threading.Semaphore(0)

        def wait_for_turn() -> None:
            self._paused.release()
            turn.acquire()

        def run() -> None:
            turn.acquire()
            try:
                work()
            finally:
                self._ended.add(place)
                self._paused.release()

        gate.wait_for_turn = wait_for_turn
        self._turns.append(turn)
        self._threads.append(threading.Thread(target=run, daemon=True))

    def run(self, turns: Sequence[int]) -> None:
        """Turn n goes to the n-th relay of those that still run; when the turns are used up, to the first."""
        for thread in self._threads:
            thread.start()
        running = list(range(len(self._threads)))
        order = iter(turns)
        while running:
            self._turns[running[next(order, 0) % len(running)]].release()
            self._paused.acquire()
            running = [place for place in running if place not in self._ended]
        for thread in self._threads:
            thread.join()


def _deliver(message: Message, outbox: Outbox) -> Outcome:
    return outbox.deliver(message.account_id, message.message_id)


def _read_out(answer: Any) -> Any:
    """An iterator is read inside the call, as one page of a query is."""
    return iter(list(answer)) if isinstance(answer, Iterator) else answer
