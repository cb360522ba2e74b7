"""Planted bugs and the races on real tables that they turn red."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.engines import Aws, tables_in
from tests.planted import bugs, stored_bugs
from tests.races.races import Races
from tests.races.track import Track, Wired, track_on, wired
from tests.races.troubles import Troubles


class Everything(Races, Troubles):
    """The races and what goes wrong on the way."""


Bug = Callable[[], AbstractContextManager[None]]
Race = Callable[[Everything, Track], None]

NAMED: list[tuple[Bug, Race]] = [
    (stored_bugs.bare_add_in_dynamodb, Races.test_money_for_one_admits_one_of_sixteen),
    (bugs.check_then_act, Races.test_money_for_one_admits_one_of_sixteen),
    (stored_bugs.message_outside_of_the_transaction, Troubles.test_a_suspension_that_was_not_committed_has_told_nobody),
    (stored_bugs.message_outside_of_the_transaction, Races.test_two_sweeps_at_once_settle_each_account_once),
]


@pytest.fixture(scope="module")
def to_ministack(ministack_engine: Aws) -> Iterator[Wired]:
    with wired(ministack_engine) as both:
        yield both


@pytest.mark.parametrize(("bug", "named"), NAMED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_bug_turns_its_race_red(ministack_engine: Aws, to_ministack: Wired, bug: Bug, named: Race) -> None:
    def race() -> None:
        with track_on(tables_in(ministack_engine, ministack_engine), *to_ministack) as track:
            named(Everything(), track)

    race()
    with bug(), pytest.raises(AssertionError) as red:
        race()
    assert red.traceback[-1].name == named.__name__, "what is red is a statement of the race itself"
