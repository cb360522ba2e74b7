"""Moving the clock: from one moment at which something can be due to the next, running what a minute would have run.

A schedule runs at whole multiples of its period. Of its runs only those that would find something are carried out, at
their own moments, so that a jump of a week does what a week would have done.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local.clock import MovableClock
from local.functions import FunctionFailed, Functions
from local.sources import Pumps


@dataclass(frozen=True, slots=True)
class Schedule:
    """A function that runs every so many seconds, and when it would next find something (None: never)."""

    function: str
    period_seconds: int
    next_find: Callable[[], int | None]

    def tick_from(self, moment: int) -> int:
        """Its first run at or after a moment."""
        return -(-moment // self.period_seconds) * self.period_seconds

    def event(self, moment: int) -> dict[str, object]:
        """What EventBridge sends."""
        return {
            "version": "0",
            "id": f"{self.function}-{moment}",
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "detail": {},
        }


class Timeline:
    """One line of time for everything that runs by itself. Jumps and the running clock never overlap."""

    def __init__(
        self,
        clock: MovableClock,
        functions: Functions,
        schedules: Sequence[Schedule],
        pumps: Pumps,
        settled: Callable[[], object],
        refresh: Callable[[int], list[int]],
        beat_daemons: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._functions = functions
        self._schedules = schedules
        self._pumps = pumps
        self._settled = settled
        self._refresh = refresh
        self._beat_daemons = beat_daemons
        self._lock = threading.RLock()
        self._last_tick = {schedule.function: clock() for schedule in schedules}

    def advance(self, seconds: int) -> int:
        """Live through the next `seconds`; the moment at their end, when the queues are empty."""
        with self._lock, self._clock.replaying():
            target = self._clock() + seconds
            self._quiet()
            while (tick := self._next_tick(target)) is not None:
                self._run_at(*tick)
            for moment in self._refresh(target):
                self._run_all(max(moment, self._clock()))
            self._clock.pin(target)
            self._quiet()
            self._beat_daemons()
            self._last_tick = dict.fromkeys(self._last_tick, target)
            return target

    def beat(self) -> None:
        """One heartbeat of the running clock: schedules whose moment has come, and whatever waits in queues."""
        with self._lock:
            now = self._clock()
            for schedule in self._schedules:
                if schedule.tick_from(self._last_tick[schedule.function] + 1) <= now:
                    self._last_tick[schedule.function] = now
                    self._run(schedule, now)
            self._quiet()
            self._beat_daemons()

    def _next_tick(self, target: int) -> tuple[int, Schedule] | None:
        """The earliest run that would find something. A run of this very second is not repeated."""
        ticks = []
        for schedule in self._schedules:
            moment = schedule.next_find()
            if moment is None:
                continue
            earliest = max(moment, self._last_tick[schedule.function] + 1, self._clock())
            ticks.append((schedule.tick_from(earliest), schedule))
        due = [tick for tick in ticks if tick[0] <= target]
        return min(due, key=lambda tick: tick[0], default=None)

    def _run_at(self, moment: int, schedule: Schedule) -> None:
        self._clock.pin(moment)
        self._last_tick[schedule.function] = moment
        self._run(schedule, moment)
        self._quiet()

    def _run_all(self, moment: int) -> None:
        self._clock.pin(moment)
        for schedule in self._schedules:
            self._run(schedule, moment)
        self._quiet()

    def _run(self, schedule: Schedule, moment: int) -> None:
        try:
            self._functions.invoke(schedule.function, schedule.event(moment))
        except FunctionFailed:
            # As in AWS: the next run finds what this one left.
            return

    def _quiet(self) -> None:
        self._pumps.drain()
        self._settled()
