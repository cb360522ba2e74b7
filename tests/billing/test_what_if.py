"""What would be: with an offer running, after a top-up, or both."""

import pytest

from chalicelib.billing.account import Status
from chalicelib.billing.policy import Policy
from chalicelib.billing.supposed import Added, Supposed
from chalicelib.billing.what_if import Suppositions, what_if
from chalicelib.clock import HOUR
from tests.billing.desk import ACCOUNT, DOLLAR, NOON, Desk


def supposed(desk: Desk, price: int | None = None, top_up: int = 0) -> Supposed:
    return what_if(desk.account, desk.now, Policy(), None if price is None else Added(price), top_up)


def running(dollars: str = "10.00") -> Desk:
    """A server at a dollar an hour."""
    desk = Desk()
    desk.credit(dollars)
    desk.rent("train", DOLLAR)
    return desk


def test_nothing_supposed_is_how_it_stands() -> None:
    seen = supposed(running())
    assert (seen.balance, seen.rate_per_hour, seen.runs_out_at) == (10 * DOLLAR, DOLLAR, NOON + 10 * HOUR)
    assert (seen.refusal, seen.missing) == (None, 0)


def test_with_an_offer_it_lasts_shorter() -> None:
    seen = supposed(running(), price=4 * DOLLAR)
    assert (seen.rate_per_hour, seen.runs_out_at) == (5 * DOLLAR, NOON + 2 * HOUR)
    assert (seen.refusal, seen.missing) == (None, 0)


def test_after_a_top_up_it_lasts_longer() -> None:
    seen = supposed(running(), top_up=5 * DOLLAR)
    assert (seen.balance, seen.runs_out_at) == (15 * DOLLAR, NOON + 15 * HOUR)


def test_what_is_missing_is_the_least_that_admits() -> None:
    desk = running("2.50")
    seen = supposed(desk, price=4 * DOLLAR)
    assert seen.refusal is not None
    assert (seen.refusal.code, seen.missing) == ("insufficient_balance", 2_500_000)
    assert supposed(desk, price=4 * DOLLAR, top_up=seen.missing).refusal is None
    assert supposed(desk, price=4 * DOLLAR, top_up=seen.missing - 1).missing == 1


def test_what_is_being_started_counts_as_running() -> None:
    desk = running()
    desk.rent("slow", DOLLAR, seen_running=False)
    assert supposed(desk).runs_out_at == NOON + 5 * HOUR


def test_a_top_up_that_restores_is_told() -> None:
    desk = running("1.00")
    desk.wait(hours=2)
    halted = supposed(desk, price=2 * DOLLAR)
    assert (halted.status, halted.runs_out_at) == (Status.SUSPENDED, None)
    assert halted.refusal is not None
    assert (halted.refusal.code, halted.missing) == ("account_suspended", 3 * DOLLAR)
    assert supposed(desk).missing == DOLLAR
    restored = supposed(desk, price=2 * DOLLAR, top_up=3 * DOLLAR)
    assert (restored.status, restored.refusal, restored.missing) == (Status.ACTIVE, None, 0)
    assert restored.runs_out_at == desk.now + HOUR


def test_the_limit_and_the_cap_refuse_though_nothing_is_missing() -> None:
    desk = running("1000.00")
    desk.cap("1.00")
    desk.wait(hours=1)
    capped = supposed(desk, price=1)
    assert capped.refusal is not None
    assert (capped.refusal.code, capped.missing) == ("spending_cap_reached", 0)
    desk.cap(None)
    for number in range(4):
        desk.rent(f"more{number}", 1)
    limited = supposed(desk, price=1)
    assert limited.refusal is not None
    assert limited.refusal.code == "rental_limit_reached"


def test_the_ends_of_leases_count() -> None:
    """Two hours at two dollars, then one: of six dollars two are left, for the other server and a disk."""
    desk = running("6.00")
    desk.rent("leased", DOLLAR)
    desk.lease("leased", NOON + 2 * HOUR, DOLLAR)
    assert supposed(desk).runs_out_at == NOON + 3 * HOUR, "its disk costs as much"
    desk.lease("leased", NOON + 2 * HOUR, 0)
    assert supposed(desk).runs_out_at == NOON + 4 * HOUR
    desk.lease("leased", NOON + 3 * HOUR, 0)
    assert supposed(desk).runs_out_at == NOON + 3 * HOUR, "what is used up at that second"
    desk.lease("train", NOON + 2 * HOUR, 0)
    desk.lease("leased", NOON + 2 * HOUR, 0)
    assert supposed(desk).runs_out_at is None


def test_an_offer_that_is_taken_for_some_hours() -> None:
    desk = running("10.00")
    seen = what_if(desk.account, desk.now, Policy(), Added(2 * DOLLAR, DOLLAR, 2 * HOUR), 0)
    assert (seen.rate_per_hour, seen.runs_out_at) == (3 * DOLLAR, NOON + 4 * HOUR)


def test_what_it_says_comes_true() -> None:
    """The second that it names is that of the suspension, however the leases end."""
    desk = running("9.00")
    for number, hours in enumerate((1, 2, 3)):
        desk.rent(f"box{number}", DOLLAR)
        desk.lease(f"box{number}", NOON + hours * HOUR, DOLLAR // 7)
    said = supposed(desk).runs_out_at
    desk.wait(days=3)
    desk.sweep()
    assert desk.account.suspended_at == said


def test_with_nothing_running_it_lasts_for_ever() -> None:
    desk = Desk()
    desk.credit("1.00")
    assert supposed(desk).runs_out_at is None


@pytest.mark.parametrize("late", [0, 5 * HOUR])
def test_it_is_one_read_and_no_write(late: int) -> None:
    desk = running()
    desk.wait(seconds=late)
    reads: list[str] = []

    class Counting:
        def account(self, account_id: str) -> object:
            reads.append(account_id)
            return desk.store.account(account_id)

    commits = len(desk.store.commits)
    asked = Suppositions(Counting(), lambda: desk.now, Policy())  # type: ignore[arg-type]
    assert asked.what_if(ACCOUNT, Added(DOLLAR), 0) == supposed(desk, DOLLAR)
    assert (reads, len(desk.store.commits)) == ([ACCOUNT], commits)
