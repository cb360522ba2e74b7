"""The life of one server in the local EC2: its states, reasons, addresses and volumes, as EC2 moves them."""

import contextlib
from datetime import UTC, datetime
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.instances import Instance, InstanceState, StateReason

from local.ec2_world import World
from local.moved_clock import MovedClock

CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
ENDED = ("shutting-down", "terminated")

# The message that EC2 gives with each reason; the code stands before it.
REASONS = {
    "Client.UserInitiatedShutdown": "User initiated shutdown",
    "Client.InstanceInitiatedShutdown": "Instance initiated shutdown",
    "Server.InternalError": "Internal error on launch",
    "Server.InsufficientInstanceCapacity": "Insufficient capacity to satisfy launch request",
    "Server.ScheduledStop": "Stopped due to a scheduled retirement",
}


class LocalInstance(Instance):
    """A server whose every change of state is seen by a configured number of describes.

    The class attributes `world` and `clock` are set when the emulator is prepared; they are not pickled.
    """

    world: World
    clock: MovedClock
    state_reason: Any
    silent = False
    """Whether its daemon says nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.goal = ""
        self.describes_left = 0
        self.hidden_left = 0
        self.has_run = False
        self.hangs = False
        self.resists_force = False
        self.failure = ""
        self.ended_at: int | None = None
        self.launch_time = self.clock.naive_utc()
        for nic in self.nics.values():
            nic.delete_on_termination = True
        if not self.security_groups:
            self.security_groups = list(self.nics[0]._group_set)
        self._explain("", None)
        self._set("pending")

    def advance(self) -> bool:
        """Called before each describe in whose scope the server is: says whether its record changed."""
        if self.hidden_left > 0:
            self.hidden_left -= 1
        if self.hidden_left > 0:
            return True
        if not self.goal or self.hangs:
            return False
        if self.describes_left > 0:
            self.describes_left -= 1
        else:
            self._arrive(self.goal)
        return True

    def check(self, verb: str) -> None:
        """Refuses a verb that EC2 refuses in the present state."""
        if verb == "stopped" and self.state == "pending" and not self.has_run:
            text = f"Instance '{self.id}' cannot be stopped as it has never reached the 'running' state."
            raise EC2ClientError("IncorrectInstanceState", text)
        allowed = {
            "started": ("pending", "running", "stopped"),
            "stopped": ("pending", "running", "stopping", "stopped"),
            "rebooted": ("pending", "running"),
        }
        if self.state not in allowed[verb]:
            text = f"The instance '{self.id}' is not in a state from which it can be {verb}."
            raise EC2ClientError("IncorrectInstanceState", text)

    def boot(self) -> None:
        """Begins the launch, which ends in `running` unless this launch was to fail."""
        failure = self.world.next_failure(self.world.failing_launches)
        self._head("pending", "terminated" if failure else "running", failure)
        not_found = self.world.settings.not_found_describes
        self.hidden_left = not_found + 1 if not_found else 0

    def start(self) -> InstanceState:
        """Stopped to pending, and on to `running`, or back if this start was to fail. Answers the state before."""
        before = InstanceState(self.state, self.state_code)
        if self.state == "stopped":
            self.launch_time = self.clock.naive_utc()
            self._explain("", None)
            failure = self.world.next_failure(self.world.failing_starts)
            self._head("pending", "stopped" if failure else "running", failure)
        return before

    def stop(self, force: bool = False) -> InstanceState:
        """Running to stopping; a stop that was to hang stays there until forced. Answers the state before."""
        before = InstanceState(self.state, self.state_code)
        if self.state in ("pending", "running"):
            self._explain(self._user_initiated(), "Client.UserInitiatedShutdown")
            self._head("stopping", "stopped")
            if self.world.hanging_stops and self.goal:
                self.hangs, self.resists_force = True, self.world.hanging_stops.pop(0)
        if force and self.hangs and not self.resists_force:
            self.hangs = False
        return before

    def terminate(self) -> InstanceState:
        """Any state to shutting-down. Answers the state before."""
        before = InstanceState(self.state, self.state_code)
        if self.state not in ENDED:
            self._explain(self._user_initiated(), "Client.UserInitiatedShutdown")
            self._head("shutting-down", "terminated")
        return before

    def reboot(self) -> None:
        """EC2 shows no change of state during a reboot."""

    def die(self, code: str) -> None:
        """The provider ends it, at once and without being asked."""
        if self.state != "terminated":
            self.failure = code
            self._arrive("terminated")

    def go_down(self, code: str) -> None:
        """The provider stops it."""
        if self.state in ("pending", "running"):
            self._explain(code, code)
            self._head("stopping", "stopped")

    def power_off(self) -> None:
        """Somebody shuts it down from inside: it stops, or ends if it was launched to."""
        if self.state != "running":
            return
        self._explain("", "Client.InstanceInitiatedShutdown")
        if self.instance_initiated_shutdown_behavior == "terminate":
            self._head("shutting-down", "terminated")
        else:
            self._head("stopping", "stopped")

    def _head(self, through: str, goal: str, failure: str = "") -> None:
        self.hangs, self.failure = False, failure
        self._set(through)
        self.goal, self.describes_left = goal, self.world.settings.transition_describes
        if self.describes_left == 0:
            self._arrive(goal)

    def _arrive(self, state: str) -> None:
        self.goal, self.hangs = "", False
        if state == "running":
            self._run()
        if state in ("stopped", "terminated"):
            self._release_addresses()
        if self.failure:
            self._explain(self.failure, self.failure)
            self.failure = ""
        if state == "terminated":
            self._dissolve()
        self._set(state)

    def _run(self) -> None:
        self.has_run = True
        for nic in self.nics.values():
            if nic.public_ip_auto_assign:
                nic.public_ip = self.world.addresses.take()

    def _release_addresses(self) -> None:
        for nic in self.nics.values():
            self.world.addresses.give_back(nic.public_ip)
            nic.public_ip = None

    def _dissolve(self) -> None:
        self.ended_at = self.clock()
        self.hidden_left = 0
        kept = self._reason, self.state_reason
        with contextlib.suppress(EC2ClientError):
            super().terminate()
        self._reason, self.state_reason = kept

    def _set(self, state: str) -> None:
        self._state.name, self._state.code = state, CODES[state]

    def _explain(self, transition: str, code: str | None) -> None:
        self._reason = transition
        self.state_reason = StateReason(f"{code}: {REASONS.get(code, code)}", code) if code else None

    def _user_initiated(self) -> str:
        moment = datetime.fromtimestamp(self.clock(), UTC)
        return f"User initiated ({moment:%Y-%m-%d %H:%M:%S} GMT)"
