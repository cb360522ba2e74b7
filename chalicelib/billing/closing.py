"""Closing an account's line: what has to hold, booking what has ended, and giving up what is left.

docs/rules.md, "Closing an account".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.accounts.belongings import Unprepared
from chalicelib.billing.adjustments import book_adjustment
from chalicelib.billing.books import Books, Outcome, State
from chalicelib.billing.change import Draft
from chalicelib.billing.chart import FORFEITED
from chalicelib.billing.settle import deduction_entry
from chalicelib.billing.store import Adjustment
from chalicelib.clock import in_words
from chalicelib.errors import Conflict
from chalicelib.money import USD, show_dollars
from chalicelib.writes import Write

REASON = "Balance given up when the account was closed"


@dataclass(frozen=True, slots=True)
class LineClosing:
    """Closes lines, for the owner's use case in `accounts`. `forfeit` is in micro-dollars."""

    books: Books

    def check(self, account_id: str, forfeit: int | None) -> None:
        """Raises Conflict for whatever keeps the account open, as it stands now. Carries out what time has made due."""

        def decide(state: State) -> Outcome[None]:
            _check(state, forfeit)
            return Outcome(None)

        self.books.execute(account_id, decide)

    def book_ended(self, account_id: str) -> None:
        """Book the use of what has ended, without waiting for midnight. Nothing while something lives."""

        def decide(state: State) -> Outcome[bool]:
            meters = sorted(state.meters, key=lambda meter: meter.meter_id)
            if not meters or any(meter.live for meter in meters):
                return Outcome(False)
            draft = state.draft()
            for meter in meters[: state.policy.meters_in_one_close]:
                _book(draft, state, meter.meter_id)
            if len(meters) <= state.policy.meters_in_one_close:
                draft.set(unclosed_since=None)
            return Outcome(True, draft.done())

        while self.books.execute(account_id, decide):
            continue

    def close(self, account_id: str, forfeit: int | None, beside: Callable[[], Sequence[Write]]) -> None:
        """Close it in one transaction with what stands beside; again changes nothing.

        Raises Conflict as `check` does, what `beside` raises, and Unprepared where something is still to be booked.
        """
        reference = self.books.ids.new("adjm", self.books.clock())

        def decide(state: State) -> Outcome[None]:
            if state.account.closed_at is not None:
                return Outcome(None)
            _check(state, forfeit)
            if state.meters:
                raise Unprepared
            draft = state.draft()
            given_up = self._give_up(draft, reference)
            draft.set(closed_at=state.moment, spending_cap=None, money_expected_until=None)
            return Outcome(None, draft.done(), [*given_up, *beside()])

        self.books.execute(account_id, decide)

    def _give_up(self, draft: Draft, reference: str) -> list[Write]:
        if draft.account.ledger == 0:
            return []
        adjustment = Adjustment(draft.account.account_id, reference, -draft.account.ledger, REASON, draft.moment)
        book_adjustment(draft, adjustment, FORFEITED)
        return [self.books.store.adjusting(adjustment)]


def _book(draft: Draft, state: State, meter_id: str) -> None:
    meter = state.meter(meter_id)
    assert meter is not None, "it was listed"
    after, deduction = meter.booked_at(draft.moment)
    draft.meter(meter, after)
    draft.post(deduction_entry(meter, deduction, draft.moment, draft.account))


def _check(state: State, forfeit: int | None) -> None:
    account = state.account
    live = sorted(meter.name for meter in state.meters if meter.live)
    if live:
        raise Conflict(f"End this first: {', '.join(live)}.", code="account_in_use")
    if account.money_expected_until is not None and account.money_expected_until > state.moment:
        until = in_words(account.money_expected_until)
        message = f"Money is on its way to this account. Wait until it has arrived, or until {until}."
        raise Conflict(message, code="money_expected")
    left = account.ledger - sum(meter.booked_at(state.moment)[1].amount for meter in state.meters)
    if left < 0:
        message = f"The balance is {show_dollars(left)}. An account is closed when it is zero or more."
        raise Conflict(message, code="balance_below_zero")
    _check_forfeit(left, forfeit)


def _check_forfeit(left: int, forfeit: int | None) -> None:
    if forfeit is None and left:
        message = (
            f"The balance is {show_dollars(left)}. It can not be paid out: closing the account gives it up for good. "
            f'To do so, ask again with "forfeit": "{USD.show(left)}".'
        )
        raise Conflict(message, code="balance_left", field="forfeit")
    if forfeit is not None and forfeit != left:
        message = f'The balance is not what you would give up: it is "{USD.show(left)}".'
        raise Conflict(message, code="forfeit_differs", field="forfeit")
