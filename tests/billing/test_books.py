"""Carrying decisions out: settle first, commit on what was read, decide again when somebody else was first."""

from collections.abc import Callable, Sequence

import pytest

from chalicelib.billing.books import ATTEMPTS, Books, Outcome, State
from chalicelib.billing.change import Change
from chalicelib.billing.policy import Policy
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import NotFound, OutcomeUnknown, Unavailable
from chalicelib.writes import Write
from tests.billing import commands
from tests.billing.desk import ACCOUNT, DOLLAR, NOON, Desk
from tests.billing.memory_books import MemoryBooks


class Disturbed(MemoryBooks):
    """Somebody does something just before a commit, or the answer to one is lost."""

    def __init__(self, of: MemoryBooks) -> None:
        self.__dict__.update(of.__dict__)
        self.before: list[Callable[[], None]] = []
        self.lost_answers = 0

    def commit(self, change: Change | None, beside: Sequence[Write]) -> None:
        if self.before:
            self.before.pop(0)()
        super().commit(change, beside)
        if self.lost_answers:
            self.lost_answers -= 1
            raise OutcomeUnknown("no answer")


def disturbed(desk: Desk) -> tuple[Disturbed, Books]:
    """A store to be disturbed, over the desk's records, and books on it."""
    store = Disturbed(desk.store)
    return store, desk.with_store(store, Policy())


def test_who_lost_the_race_decides_again_on_what_is_there_now() -> None:
    desk = Desk()
    store, books = disturbed(desk)
    store.before = [lambda: desk.credit("1.00")] * 3
    books.execute(ACCOUNT, commands.adjust(store, "late", 5))
    assert [entry.amount for entry in desk.journal] == [DOLLAR, DOLLAR, DOLLAR, 5]


def test_a_decision_may_come_out_differently_the_second_time() -> None:
    """Money for one: the other one rents between our check and our write."""
    desk = Desk()
    desk.credit("1.00")
    store, books = disturbed(desk)
    store.before = [lambda: desk.rent("theirs", DOLLAR, seen_running=False)]
    with pytest.raises(Exception, match="Insufficient balance"):
        books.execute(ACCOUNT, commands.rent(store, "ours", DOLLAR))
    assert [meter.name for meter in desk.store.meters(ACCOUNT)] == ["theirs"]


def test_a_commit_whose_answer_was_lost_is_not_done_twice() -> None:
    desk = Desk()
    store, books = disturbed(desk)
    store.lost_answers = 1
    assert books.execute(ACCOUNT, commands.adjust(store, "once", 5)) is True
    assert [entry.amount for entry in desk.journal] == [5]


def test_a_close_whose_answer_was_lost_is_not_done_twice() -> None:
    desk = Desk()
    desk.credit("100.00")
    desk.rent("train", DOLLAR)
    desk.wait(days=3)
    store, books = disturbed(desk)
    store.lost_answers = 3
    books.settle(ACCOUNT)
    assert desk.deductions("train") == [12 * DOLLAR, 24 * DOLLAR, 24 * DOLLAR]


def test_a_loser_gives_up_after_many_attempts_and_has_changed_nothing() -> None:
    desk = Desk()
    store, books = disturbed(desk)
    store.before = [lambda: desk.credit("1.00")] * (ATTEMPTS + 5)
    with pytest.raises(Unavailable):
        books.execute(ACCOUNT, commands.adjust(store, "unlucky", 5))
    assert desk.store.adjustment(ACCOUNT, "unlucky") is None


def test_pauses_grow_and_are_random() -> None:
    desk = Desk()
    pauses: list[int] = []
    store, _ = disturbed(desk)
    books = Books(store, lambda: desk.now, desk.ids, Policy(), pauses.append)
    store.before = [lambda: desk.credit("1.00")] * 10
    books.execute(ACCOUNT, commands.adjust(store, "late", 5))
    assert len(pauses) == 10
    assert all(0 <= pause < min(640, 10 << turn) for turn, pause in enumerate(pauses))


def test_a_clock_that_is_behind_takes_the_accounts_time() -> None:
    """Two machines a second apart: time never goes back for an account."""
    desk = Desk()
    desk.credit("10.00")
    desk.wait(seconds=100)
    desk.rent("train", DOLLAR)
    desk.wait(seconds=-1)
    desk.stop("train", 0)
    account = desk.account
    assert (account.at, account.unbooked) == (NOON + 100, 0)


def test_every_command_settles_first() -> None:
    """A credit after three days: the suspension and the closes come before it, each at its moment."""
    desk = Desk()
    desk.credit("20.00")
    desk.rent("train", DOLLAR)
    desk.wait(days=3)
    desk.credit("5.00")
    moments = [(entry.facts.created_at - NOON, entry.amount) for entry in desk.journal]
    assert moments == [(0, 20 * DOLLAR), (DAY // 2, -12 * DOLLAR), (3 * DAY // 2, -8 * DOLLAR), (3 * DAY, 5 * DOLLAR)]


def test_a_refusal_leaves_what_was_settled() -> None:
    desk = Desk()
    desk.credit("20.00")
    desk.rent("train", DOLLAR)
    desk.wait(days=1)
    with pytest.raises(NotFound):
        desk.online("nobody")
    assert desk.account.suspended_at == NOON + 20 * HOUR
    assert len(desk.journal) == 2


def test_nothing_to_do_writes_nothing() -> None:
    desk = Desk()
    desk.credit("20.00", "once")
    before = len(desk.store.commits)
    desk.credit("20.00", "once")
    desk.sweep()
    assert len(desk.store.commits) == before


def test_writes_beside_no_change_are_committed() -> None:
    desk = Desk()

    def decide(state: State) -> Outcome[str]:
        return Outcome("noted", None, [desk.store.once("note")])

    assert desk.books.execute(ACCOUNT, decide) == "noted"
    assert desk.store.exists("note")
    assert desk.account.version == 0


def test_an_unknown_account_is_not_found() -> None:
    with pytest.raises(NotFound):
        Desk().books.settle("acct_nobody")


def test_settling_says_which_steps_it_took_and_whether_servers_change() -> None:
    desk = Desk()
    desk.credit("20.00")
    desk.rent("train", DOLLAR)
    desk.until(NOON + DAY // 2)
    assert not desk.sweep().woke_rentals
    desk.wait(hours=8)
    settled = desk.sweep()
    assert settled.woke_rentals
    assert settled.account == desk.account


def test_what_falls_due_later_under_new_numbers_leaves_the_sweep_and_changes_nothing() -> None:
    """What is due next is written under the numbers of that time; an operator may have changed them since."""
    desk = Desk()
    desk.credit("1.00")
    desk.rent("train", DOLLAR)
    desk.wait(hours=14)
    desk.sweep()
    journal, topics, listed_at = desk.journal, desk.topics, desk.store.due_at(ACCOUNT)
    assert listed_at == NOON + HOUR + 6 * DAY, "the last call"

    desk.until(listed_at)
    patient = desk.with_store(desk.store, Policy(grace_seconds=10 * DAY))
    assert patient.settle(ACCOUNT).steps == ()
    assert desk.store.due_at(ACCOUNT) == NOON + HOUR + 9 * DAY
    assert (desk.journal, desk.topics) == (journal, topics)
    commits = len(desk.store.commits)
    patient.settle(ACCOUNT)
    assert len(desk.store.commits) == commits


def test_a_simple_settle_of_a_close_reads_once_and_writes_once() -> None:
    """Cost follows events: account, meters, one transaction."""
    desk = Desk()
    desk.credit("1000.00")
    desk.rent("train", DOLLAR)
    calls: list[str] = []

    class Counting(MemoryBooks):
        """Notes each call."""

        def __getattribute__(self, name: str) -> object:
            if name in ("account", "meters", "commit"):
                calls.append(name)
            return super().__getattribute__(name)

    store = Counting()
    store.__dict__.update(desk.store.__dict__)
    desk.until(NOON + DAY // 2)
    desk.with_store(store, Policy()).settle(ACCOUNT)
    assert calls == ["account", "meters", "commit"]
