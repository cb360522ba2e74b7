"""Each planted bug turns the test that is named for it red. A test that no bug can turn red checks nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.billing import (
    test_deductions,
    test_end,
    test_leases,
    test_notices,
    test_restore,
    test_spending_cap,
    test_suspension,
)
from tests.model import test_races
from tests.planted import bugs

Bug = Callable[[], AbstractContextManager[None]]

NAMED: list[tuple[Bug, Callable[..., None], tuple[object, ...]]] = [
    (bugs.bare_add, test_races.test_two_credits_at_once_both_count, ()),
    (bugs.bare_add, test_races.test_money_for_one_admits_one_of_sixteen, ()),
    (bugs.bare_add, test_races.test_two_sweeps_at_once_close_once, ()),
    (bugs.check_then_act, test_races.test_money_for_one_admits_one_of_sixteen, ()),
    (bugs.close_from_wall_time, test_deductions.test_a_close_that_runs_days_late_books_the_same_days, ()),
    (bugs.restore_only_in_the_credit_handler, test_restore.test_with_nothing_halted_a_balance_of_zero_is_enough, ()),
    (
        bugs.restore_only_in_the_credit_handler,
        test_restore.test_terminating_something_restores_when_the_rest_is_covered,
        (),
    ),
    (bugs.message_before_the_commit, test_races.test_a_suspension_that_was_not_committed_has_told_nobody, ()),
    (bugs.suspend_when_noticed, test_suspension.test_however_late_it_is_noticed_it_happened_at_its_own_second, (59,)),
    (bugs.end_leases_when_noticed, test_leases.test_however_late_it_is_noticed_it_ended_at_its_own_second, (59,)),
    (bugs.a_month_that_never_ends, test_spending_cap.test_a_new_month_counts_anew_and_tells_anew, ()),
    (bugs.round_every_day, test_deductions.test_many_days_are_rounded_down_once, ()),
    (
        bugs.keep_the_rest_of_what_ended,
        test_deductions.test_what_is_left_of_a_micro_dollar_is_dropped_when_the_meter_ends,
        (),
    ),
    (bugs.decide_once, test_races.test_a_server_seen_running_while_its_account_is_being_suspended_is_not_metered, ()),
    (
        bugs.charge_while_suspended,
        test_suspension.test_a_server_that_comes_online_while_suspended_is_not_metered,
        (),
    ),
    (bugs.end_without_looking_again, test_end.test_it_ends_a_week_after_the_last_top_up, ()),
    (bugs.notices_by_age, test_notices.test_each_level_is_mailed_once_as_the_balance_goes_down, ()),
]


@pytest.mark.parametrize(("bug", "named", "arguments"), NAMED, ids=lambda value: getattr(value, "__name__", ""))
def test_a_planted_bug_turns_its_test_red(bug: Bug, named: Callable[..., None], arguments: tuple[object, ...]) -> None:
    named(*arguments)
    with bug(), pytest.raises((AssertionError, pytest.fail.Exception)):
        named(*arguments)
