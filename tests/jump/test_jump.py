"""Moving the clock: a day in one jump against the day minute by minute, and how little a week's jump has to run."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from chalicelib.clock import DAY
from local.functions import Event, InProcess
from tests.accounts.key_texts import public_text
from tests.jump.day import HOUR, MINUTE, STORAGE, Life, Passing, live, read
from tests.stack import STARTS_AT, Stack, started

FOLLOWED = 3 * MINUTE
"""How long servers take at most to follow what was decided."""
STRIDE = 30 * MINUTE
ODD_JUMP = 13 * MINUTE + 20
LONGEST_WEEK_SECONDS = 20
"""What a person waits at most for a week. It takes a third of it."""
AT_THE_END = 1
"""Where a jump ends, everything runs once more."""
HALT_LOOKS = 2
"""While servers stop, each minute's look finds something."""


@pytest.fixture(scope="module")
def jumped(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Life]:
    """The day in jumps from one act of a person to the next, the last over 24 hours."""
    return live(tmp_path_factory.mktemp("jumped"), lambda stack, seconds: stack.advance(seconds))


def minute_by_minute(stack: Stack, seconds: int) -> None:
    """As in AWS: every schedule runs each time, whether it would find something or not."""
    now = stack.world.clock()
    run_at(stack, range(now + MINUTE, now + seconds + 1, MINUTE))


def in_odd_jumps(stack: Stack, seconds: int) -> None:
    """A person who moves the clock again and again, and stops within a minute as often as at its end."""
    until = stack.world.clock() + seconds
    while left := until - stack.world.clock():
        stack.advance(min(ODD_JUMP, left))


def run_at(stack: Stack, moments: Iterable[int]) -> None:
    """The running clock's heartbeat at each moment, without any knowledge of what is due."""
    stack.world.pumps.drain()
    for moment in moments:
        stack.world.clock.pin(moment)
        stack.world.timeline.beat()


def in_strides(lives: Mapping[str, Life]) -> Passing:
    """Every half hour, and each minute for a while after a person acted or something was booked or said."""
    special = {moment for life in lives.values() for moment in life.moments}

    def passing(stack: Stack, seconds: int) -> None:
        now = stack.world.clock()
        minutes = range(now + MINUTE, now + seconds + 1, MINUTE)
        run_at(
            stack,
            [
                minute
                for minute in minutes
                if minute % STRIDE == 0 or any(0 <= minute - moment <= FOLLOWED for moment in {now} | special)
            ],
        )

    return passing


def test_the_day_is_one_of_many_events(jumped: Mapping[str, Life]) -> None:
    ada, bob, cleo = jumped["ada"], jumped["bob"], jumped["cleo"]
    midnight = STARTS_AT + DAY // 2
    for life in jumped.values():
        assert any(entry.facts.created_at == midnight for entry in life.journal)
    assert [topic for _, topic, _ in ada.told] == ["balance_low", "balance_low"]
    assert {topic for moment, topic, _ in bob.told if moment > midnight} == {"account_suspended", "rental_suspended"}
    assert [life.rentals[0][1] for life in (ada, bob, cleo)] == ["ONLINE", "STOPPED", "ONLINE"]
    closed = next(entry for entry in cleo.journal if entry.facts.created_at == midnight)
    assert len({line.price_per_hour for line in closed.facts.lines}) == 2, "running and stopped"
    assert all(sent_at == to_the_minute(moment) for moment, _, sent_at in ada.told[1:] + bob.told[1:]), "at once"


def test_a_jump_leaves_what_frequent_runs_leave(jumped: Mapping[str, Life], tmp_path: Path) -> None:
    assert live(tmp_path, in_strides(jumped)) == jumped


@pytest.mark.slow
@pytest.mark.parametrize("passing", [minute_by_minute, in_odd_jumps])
def test_a_jump_leaves_what_all_its_minutes_leave(
    jumped: Mapping[str, Life], passing: Passing, tmp_path: Path
) -> None:
    assert live(tmp_path, passing) == jumped


def to_the_minute(moment: int) -> int:
    """The run of what runs each minute that finds what is due then."""
    return -(-moment // MINUTE) * MINUTE


class Counted(InProcess):
    """Counts the runs of each function."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = Counter[str]()

    def invoke(self, name: str, event: Event) -> Any:
        self.runs[name] += 1
        return super().invoke(name, event)


def test_a_week_runs_only_what_can_find_something(tmp_path: Path) -> None:
    functions = Counted()
    with started(tmp_path, lambda: functions) as stack, stack.in_place():
        poor, rich = stack.open("poor@example.com", "200.00"), stack.open("rich@example.com", "1000.00")
        for customer in (poor, rich):
            customer.add_key(public_text("ed25519"))
            customer.post("/api/v1/services", {"code": STORAGE})
            customer.rent("box-1")
            customer.rent("box-2")
        stack.advance(HOUR)
        functions.runs.clear()
        left_at, began = stack.world.clock(), time.monotonic()
        stack.advance(7 * DAY)
        assert time.monotonic() - began < LONGEST_WEEK_SECONDS
        lives = [{moment for moment in read(customer).moments if moment > left_at} for customer in (poor, rich)]
    assert [len(moments) for moments in lives] == [10, 7], "seven midnights; two notices and a suspension"
    runs = functions.runs
    assert runs["sweep"] <= len({to_the_minute(moment) for moments in lives for moment in moments}) + AT_THE_END
    assert runs["settle_account"] <= sum(len(moments) for moments in lives)
    assert runs["look"] <= HALT_LOOKS + AT_THE_END
    assert runs["drive_rental"] <= runs["look"] + runs["wake_rentals"]
    assert runs["wake_rentals"] == 1
    assert runs["relay"] <= 3, "two notices and the suspension"
    assert runs["relay_missed"] == runs["inventory"] == AT_THE_END
