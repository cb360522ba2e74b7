"""Bugs as people write them, patched into the product for the length of one test."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from chalicelib.billing import admission, change, dunning, settle
from chalicelib.billing.account import Account
from chalicelib.billing.books import Books
from chalicelib.billing.change import Change, Draft
from chalicelib.billing.dunning import Step
from chalicelib.billing.meters import Meter
from chalicelib.errors import LostRace
from chalicelib.money import UNITS_PER_MICRO, units
from chalicelib.notices.messages import Message, Topic
from chalicelib.writes import Write
from tests.billing.desk import ACCOUNT
from tests.billing.memory_books import Line, MemoryBooks, MemoryWrite


@contextmanager
def bare_add() -> Iterator[None]:
    """Adds the differences to whatever the account is by now, on no condition."""

    def apply(self: MemoryBooks, write: MemoryWrite) -> None:
        known = self.records.get(write.key)
        if isinstance(write.value, Line) and known is not None:
            write = replace(write, value=replace(write.value, account=_added(known.account, write.value.account)))
        original(self, write)

    original = MemoryBooks._apply
    with (
        patch.object(MemoryBooks, "_check", lambda self, write: None),
        patch.object(MemoryBooks, "_apply", apply),
        patch.object(MemoryBooks, "commit", _remembering(MemoryBooks.commit)),
    ):
        yield


_before = threading.local()


def _remembering(commit: Callable[..., None]) -> Callable[..., None]:
    def remember(self: MemoryBooks, change: Change | None, beside: Sequence[Write]) -> None:
        _before.account = change.before if change else None
        commit(self, change, beside)

    return remember


def _added(known: Account, after: Account) -> Account:
    before = _before.account
    return replace(
        after,
        ledger=known.ledger + after.ledger - before.ledger,
        unbooked=known.unbooked + after.unbooked - before.unbooked,
        totals=known.totals + (after.totals - before.totals),
        version=known.version + 1,
    )


@contextmanager
def check_then_act() -> Iterator[None]:
    """Checks the balance first, and then rents, however often, without checking it again."""
    checked = threading.local()
    admit = admission.admit

    def admit_once(state: Any, added_price: int) -> None:
        if not getattr(checked, "already", False):
            admit(state, added_price)

    def execute(self: Books, account_id: str, decide: Callable[..., Any]) -> Any:
        def deciding(state: Any) -> Any:
            outcome = decide(state)
            checked.already = True
            return outcome

        try:
            return original(self, account_id, deciding)
        finally:
            checked.already = False

    original = Books.execute
    with patch.object(admission, "admit", admit_once), patch.object(Books, "execute", execute):
        yield


@contextmanager
def close_from_wall_time() -> Iterator[None]:
    """Books what was used until the job runs, instead of what was used until midnight."""
    close = settle.close

    def close_until_now(draft: Draft, midnight: int, meters: tuple[Meter, ...]) -> None:
        draft.moment = max(draft.moment, draft.recorded_at)
        draft.account = draft.before.folded(draft.moment)
        close(draft, draft.moment, meters)

    with patch.object(settle, "close", close_until_now):
        yield


@contextmanager
def restore_only_in_the_credit_handler() -> Iterator[None]:
    """A restore follows a credit and nothing else."""
    steps = dunning._suspended_steps

    def steps_without(account: Account, policy: Any) -> list[Any]:
        if account.last_top_up_at == account.at or not account.covers_restore:
            return steps(account, policy)
        return []

    with patch.object(dunning, "_suspended_steps", steps_without):
        yield


@contextmanager
def message_before_the_commit() -> Iterator[None]:
    """Tells people while deciding, whatever becomes of the decision."""
    stores: list[MemoryBooks] = []
    opened = MemoryBooks.__init__

    def opening(self: MemoryBooks) -> None:
        opened(self)
        stores.append(self)

    def tell(self: Draft, topic: Topic, **facts: Any) -> None:
        message_id = self.ids.new("mesg", self.moment)
        message = Message(self.before.account_id, message_id, topic, self.moment, facts)
        stores[-1].records[("notices", self.before.account_id, message_id)] = message

    with patch.object(MemoryBooks, "__init__", opening), patch.object(Draft, "tell", tell):
        yield


@contextmanager
def suspend_when_noticed() -> Iterator[None]:
    """Stops the meters when the sweep comes by, not at the second that could not be paid."""
    step = settle.Settlement.step

    def late(self: Any, due: Any, account: Account, meters: tuple[Meter, ...], now: int) -> Change:
        return step(self, due._replace(moment=now) if due.step is Step.RUN_OUT else due, account, meters, now)

    with patch.object(settle.Settlement, "step", late):
        yield


@contextmanager
def end_leases_when_noticed() -> Iterator[None]:
    """Ends a lease when the sweep comes by, and charges until then."""
    step = settle.Settlement.step

    def late(self: Any, due: Any, account: Account, meters: tuple[Meter, ...], now: int) -> Change:
        return step(self, due._replace(moment=now) if due.step is Step.LEASE else due, account, meters, now)

    with patch.object(settle.Settlement, "step", late):
        yield


@contextmanager
def a_month_that_never_ends() -> Iterator[None]:
    """Counts all use there ever was against the monthly cap."""

    def since_ever(self: Account, moment: int) -> int:
        return self.spent + units(self.totals.rate, moment - self.at)

    with patch.object(Account, "spent_at", since_ever):
        yield


@contextmanager
def round_every_day() -> Iterator[None]:
    """Drops what is below a micro-dollar at every close."""
    booked_at = Meter.booked_at

    def rounded(self: Meter, midnight: int) -> Any:
        after, deduction = booked_at(self, midnight)
        return (None if after is None else replace(after, units=0)), deduction

    with patch.object(Meter, "booked_at", rounded):
        yield


@contextmanager
def keep_the_rest_of_what_ended() -> Iterator[None]:
    """Forgets to give the account the part of a micro-dollar that an ended meter drops."""
    meter = Draft.meter

    def kept(self: Draft, before: Meter | None, after: Meter | None) -> None:
        meter(self, before, after)
        if after is None and before is not None:
            rest = before.units_at(self.moment) % UNITS_PER_MICRO
            self.account = replace(self.account, unbooked=self.account.unbooked + rest)

    with patch.object(Draft, "meter", kept):
        yield


@contextmanager
def decide_once() -> Iterator[None]:
    """Tries the same transaction again when it lost the race, with the version that it finds then."""

    def commit(self: MemoryBooks, change: Change | None, beside: Sequence[Write]) -> None:
        try:
            original(self, change, beside)
        except LostRace:
            if change is None:
                raise
            version = self.account(ACCOUNT).version
            forced = replace(change.before, version=version)
            original(self, replace(change, before=forced, after=replace(change.after, version=version + 1)), beside)

    original = MemoryBooks.commit
    with patch.object(MemoryBooks, "commit", commit):
        yield


@contextmanager
def charge_while_suspended() -> Iterator[None]:
    """Meters a server that is seen running, whatever the account's status."""
    with patch("tests.billing.commands.is_suspended", lambda account: False):
        yield


@contextmanager
def end_without_looking_again() -> Iterator[None]:
    """The end is seven days after the suspension, whatever was paid since."""
    planned = dunning._planned_end

    def first(account: Account, policy: Any) -> int:
        return planned(replace(account, last_top_up_at=None, money_expected_until=None), policy)

    with patch.object(dunning, "_planned_end", first):
        yield


@contextmanager
def notices_by_age() -> Iterator[None]:
    """Every level is mailed again whenever somebody looks: nothing is disarmed."""
    with patch.object(change, "rearmed", lambda account, policy: frozenset(policy.notice_days)):
        yield
