"""A working Provider in memory, with verbs for what goes wrong at a real one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from chalicelib.clock import Clock
from chalicelib.errors import OutcomeUnknown
from chalicelib.instances.provider import (
    GONE,
    LaunchOrder,
    NoCapacity,
    Refused,
    Server,
    ServerNotFound,
    ServerState,
    Throttled,
    Volume,
    WrongState,
)
from chalicelib.instances.rental import NO_CAPACITY

Answer = TypeVar("Answer")

REGION = "us-east-1"
BOOT_SECONDS = 20
STOP_SECONDS = 20
LISTED_SECONDS = 3_600
"""How long a terminated server is still described."""

_ENDS = {
    ServerState.PENDING: (BOOT_SECONDS, ServerState.RUNNING),
    ServerState.STOPPING: (STOP_SECONDS, ServerState.STOPPED),
    ServerState.SHUTTING_DOWN: (STOP_SECONDS, ServerState.TERMINATED),
}


@dataclass
class Machine:
    """A server in truth, whatever describes say of it."""

    server_id: str
    order: LaunchOrder
    launched_at: int
    state: ServerState = ServerState.PENDING
    since: int = 0
    visible_at: int = 0
    vanished: bool = False
    hangs: bool = False
    takes_back: str | None = None
    """The word with which the provider will take back the launch or start that it has accepted."""
    refusal: str | None = None
    powered_off_inside: bool = False
    access_open: bool = False
    address: str | None = None
    ran: list[list[int]] = field(default_factory=list)
    """From when to when it ran; the last one may be open."""

    @property
    def exists(self) -> bool:
        return self.state not in GONE

    def ran_seconds(self, now: int) -> int:
        return sum((span[1] if len(span) > 1 else now) - span[0] for span in self.ran)


@dataclass
class Fault:
    """The next call of a verb ("*": any) goes wrong; with `effect` it is carried out all the same."""

    verb: str
    error: Exception
    effect: bool = False


class FakeProvider:
    """Servers live by the clock. `gate` is called before and after each call, and may raise."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.machines: dict[str, Machine] = {}
        self.calls: list[tuple[str, str]] = []
        self.orders: dict[str, tuple[LaunchOrder, str]] = {}
        self.faults: list[Fault] = []
        self.has_capacity = True
        self.prompt = False
        """Whether servers are at once what they are asked to be."""
        self.invisible_seconds = 0
        self.hanging_stops = 0
        self.failing_launches: list[str] = []
        self.failing_starts: list[str] = []
        self.image_id = "ami-1"
        self.left_behind: list[Volume] = []
        self.gate: Callable[[str], None] = lambda moment: None
        self._addresses = 0

    # What goes wrong.

    def lose_capacity(self) -> None:
        self.has_capacity = False

    def regain_capacity(self) -> None:
        self.has_capacity = True

    def throttle(self, verb: str = "*", times: int = 1) -> None:
        self.faults += [Fault(verb, Throttled("RequestLimitExceeded", "slow down")) for _ in range(times)]

    def refuse(self, verb: str, code: str, times: int = 1) -> None:
        self.faults += [Fault(verb, Refused(code, "no")) for _ in range(times)]

    def lose_answer(self, verb: str = "*") -> None:
        """The call has its effect and nobody hears of it."""
        self.faults.append(Fault(verb, OutcomeUnknown("no answer"), effect=True))

    def lose_request(self, verb: str = "*") -> None:
        """The call never arrives, and nobody hears of that either."""
        self.faults.append(Fault(verb, OutcomeUnknown("no answer")))

    def hang_next_stop(self) -> None:
        self.hanging_stops += 1

    def fail_next_launch(self, times: int = 1, word: str = "Server.InternalError") -> None:
        """The server is accepted, and dropped before it runs."""
        self.failing_launches += [word] * times

    def fail_next_start(self, times: int = 1, word: str = NO_CAPACITY) -> None:
        """The start is accepted, and the server stopped again before it runs."""
        self.failing_starts += [word] * times

    def hide_new_servers(self, seconds: int) -> None:
        self.invisible_seconds = seconds

    def die(self, rental_id: str) -> None:
        """The provider ends the server."""
        for machine in self._of(rental_id):
            self._enter(machine, ServerState.TERMINATED)
            machine.refusal = "Server.InternalError"

    def go_down(self, rental_id: str) -> None:
        """The provider stops the server."""
        for machine in self._of(rental_id, ServerState.RUNNING):
            self._enter(machine, ServerState.STOPPING)

    def power_off(self, rental_id: str) -> None:
        """Somebody shuts it down from inside."""
        for machine in self._of(rental_id, ServerState.RUNNING):
            self._enter(machine, ServerState.STOPPING)
            machine.powered_off_inside = True

    def vanish(self, rental_id: str) -> None:
        """The provider knows it no more, and it runs no more."""
        for machine in self._of(rental_id):
            self._enter(machine, ServerState.TERMINATED)
            machine.vanished = True

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.faults.clear()
        self.has_capacity = True
        self.failing_launches.clear()
        self.failing_starts.clear()
        self.invisible_seconds = self.hanging_stops = 0

    # What a test looks at.

    def existing(self, rental_id: str) -> list[Machine]:
        """The rental's servers that are there in truth, seen or not."""
        return self._of(rental_id)

    def machine(self, rental_id: str) -> Machine:
        """The rental's newest server, there or gone."""
        self._pass_time()
        return [machine for machine in self.machines.values() if machine.order.rental_id == rental_id][-1]

    def called(self, verb: str) -> list[str]:
        """What each call of a verb was about: the token of a launch, else the server."""
        return [subject for called, subject in self.calls if called == verb]

    # The Provider.

    def image(self, region: str) -> str:
        return self._answer("image", region, lambda: self.image_id)

    def launch(self, order: LaunchOrder) -> Server:
        return self._answer("launch", order.token, lambda: self._launch(order))

    def find(self, region: str, rental_id: str) -> Server | None:
        def found() -> Server | None:
            return next((self._seen(each) for each in self._of(rental_id) if self._listed(each)), None)

        return self._answer("find", rental_id, found)

    def describe(self, region: str, server_ids: Sequence[str]) -> Mapping[str, Server]:
        def described() -> Mapping[str, Server]:
            known = (self.machines[each] for each in server_ids if each in self.machines)
            return {machine.server_id: self._seen(machine) for machine in known if self._listed(machine)}

        return self._answer("describe", ",".join(server_ids), described)

    def start(self, region: str, server_id: str) -> None:
        def started() -> None:
            machine = self._known(server_id, ServerState.STOPPED, ServerState.PENDING, ServerState.RUNNING)
            if machine.state is not ServerState.STOPPED:
                return
            if not self.has_capacity:
                raise NoCapacity("InsufficientInstanceCapacity", "none left")
            machine.launched_at, machine.powered_off_inside, machine.refusal = self._clock(), False, None
            machine.takes_back = self.failing_starts.pop(0) if self.failing_starts else None
            self._enter(machine, ServerState.PENDING)

        self._answer("start", server_id, started)

    def stop(self, region: str, server_id: str, *, force: bool) -> None:
        def stopped() -> None:
            machine = self._known(server_id, *(set(ServerState) - GONE))
            if machine.state is ServerState.PENDING and not machine.ran:
                raise WrongState("IncorrectInstanceState", "it has never run")
            if machine.state in (ServerState.PENDING, ServerState.RUNNING):
                self._enter(machine, ServerState.STOPPING)
                machine.takes_back = None
                machine.hangs, self.hanging_stops = self.hanging_stops > 0, max(0, self.hanging_stops - 1)
            if force and machine.hangs:
                machine.hangs, machine.since = False, self._clock()

        self._answer("force_stop" if force else "stop", server_id, stopped)

    def reboot(self, region: str, server_id: str) -> None:
        self._answer("reboot", server_id, lambda: self._known(server_id, ServerState.PENDING, ServerState.RUNNING))

    def terminate(self, region: str, server_id: str) -> None:
        def terminated() -> None:
            machine = self._known(server_id, *ServerState)
            if machine.exists:
                self._enter(machine, ServerState.SHUTTING_DOWN)

        self._answer("terminate", server_id, terminated)

    def open_access(self, region: str, server_id: str) -> None:
        self._answer("open_access", server_id, lambda: self._swap(server_id, to_open=True))

    def close_access(self, region: str, server_id: str) -> None:
        self._answer("close_access", server_id, lambda: self._swap(server_id, to_open=False))

    def servers(self, region: str) -> Iterator[Server]:
        def listed() -> list[Server]:
            return [self._seen(each) for each in self.machines.values() if each.exists and self._listed(each)]

        return iter(self._answer("servers", region, listed))

    def volumes(self, region: str) -> Iterator[Volume]:
        """The disk of each server that is there, and what was left behind."""
        return iter(self._answer("volumes", region, lambda: [*map(_disk, self._with_disks()), *self.left_behind]))

    # How it works.

    def _answer(self, verb: str, subject: str, act: Callable[[], Answer]) -> Answer:
        self.gate(f"before {verb}")
        self._pass_time()
        self.calls.append((verb, subject))
        fault = next((fault for fault in self.faults if fault.verb in ("*", verb)), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.effect:
                act()
            raise fault.error
        answer = act()
        self.gate(f"after {verb}")
        return answer

    def _launch(self, order: LaunchOrder) -> Server:
        if order.token in self.orders:
            first, server_id = self.orders[order.token]
            if first != order:
                raise OutcomeUnknown("IdempotentParameterMismatch")
            return self._seen(self.machines[server_id])
        if not self.has_capacity:
            raise NoCapacity("InsufficientInstanceCapacity", "none left")
        now, server_id = self._clock(), f"i-{len(self.machines) + 1:017x}"
        machine = Machine(server_id, order, now, since=now, visible_at=now + self.invisible_seconds)
        machine.takes_back = self.failing_launches.pop(0) if self.failing_launches else None
        self.machines[server_id] = machine
        self.orders[order.token] = (order, server_id)
        return self._seen(machine)

    def _swap(self, server_id: str, *, to_open: bool) -> None:
        self._known(server_id, *(set(ServerState) - GONE)).access_open = to_open

    def _known(self, server_id: str, *states: ServerState) -> Machine:
        machine = self.machines.get(server_id)
        if machine is None or not self._listed(machine):
            raise ServerNotFound("InvalidInstanceID.NotFound", server_id)
        if machine.state not in states:
            raise WrongState("IncorrectInstanceState", f"{server_id} is {machine.state}")
        return machine

    def _of(self, rental_id: str, *states: ServerState) -> list[Machine]:
        self._pass_time()
        mine = (machine for machine in self.machines.values() if machine.order.rental_id == rental_id)
        return [machine for machine in mine if machine.exists and (not states or machine.state in states)]

    def _with_disks(self) -> list[Machine]:
        return [each for each in self.machines.values() if each.state is not ServerState.TERMINATED]

    def _listed(self, machine: Machine) -> bool:
        now = self._clock()
        ended = machine.state is ServerState.TERMINATED and now - machine.since > LISTED_SECONDS
        return now >= machine.visible_at and not machine.vanished and not ended

    def _pass_time(self) -> None:
        for machine in self.machines.values():
            seconds, then = _ENDS.get(machine.state, (0, machine.state))
            seconds = 0 if self.prompt else seconds
            if then is not machine.state and not machine.hangs and self._clock() - machine.since >= seconds:
                self._enter(machine, self._fate(machine, then), machine.since + seconds)

    @staticmethod
    def _fate(machine: Machine, then: ServerState) -> ServerState:
        """A launch that is taken back leaves nothing, a start the stopped server."""
        if machine.state is not ServerState.PENDING or machine.takes_back is None:
            return then
        machine.refusal, machine.takes_back = machine.takes_back, None
        return ServerState.STOPPED if machine.ran else ServerState.TERMINATED

    def _enter(self, machine: Machine, state: ServerState, moment: int | None = None) -> None:
        moment = self._clock() if moment is None else moment
        if machine.state is ServerState.RUNNING and state is not ServerState.RUNNING:
            machine.ran[-1].append(moment)
            machine.address = None
        machine.state, machine.since, machine.hangs = state, moment, False
        if state is ServerState.RUNNING:
            machine.ran.append([moment])
            self._addresses += 1
            machine.address = f"203.0.113.{self._addresses % 254 + 1}"

    def _seen(self, machine: Machine) -> Server:
        return Server(
            server_id=machine.server_id,
            state=machine.state,
            address=machine.address,
            access_open=machine.access_open,
            powered_off_inside=machine.powered_off_inside,
            refusal=machine.refusal,
            rental_id=machine.order.rental_id,
            account_id=machine.order.account_id,
            launched_at=machine.launched_at,
            region=REGION,
        )


def _disk(machine: Machine) -> Volume:
    order = machine.order
    volume_id = machine.server_id.replace("i-", "vol-")
    return Volume(volume_id, REGION, machine.server_id, order.rental_id, machine.launched_at, order.account_id)
