"""The operator's corrections: a record with a reference, and the entry that it guards. docs/rules.md, "The books"."""

from dataclasses import dataclass

from chalicelib.billing.books import Books, Outcome, State, is_suspended
from chalicelib.billing.change import Draft
from chalicelib.billing.chart import ADJUSTMENTS, EntryKind, prepaid
from chalicelib.billing.dunning import end_at, last_call_due_at
from chalicelib.billing.journal import Entry, Posting, Unposted
from chalicelib.billing.store import Adjustment
from chalicelib.errors import Conflict, Invalid
from chalicelib.money import ASSETS, MAX_MICROS
from chalicelib.notices.messages import Topic


@dataclass(frozen=True, slots=True)
class Adjusted:
    """What came of an adjustment. `entry` is None when the reference had been booked before."""

    adjustment: Adjustment
    entry: Entry | None


@dataclass(frozen=True, slots=True)
class Adjustments:
    """Use cases of the operator's command, and of refunds for use that did not happen."""

    books: Books

    def adjust(self, account_id: str, amount: int, reason: str, reference: str) -> Adjusted:
        """Book an amount in micro-dollars, positive or negative, once for each reference.

        The same reference and amount again answers the first; another amount is a Conflict. Refused before a
        currency is chosen.
        """
        if amount == 0 or abs(amount) > MAX_MICROS:
            raise Invalid("An amount is not zero, and at most a billion dollars.", field="amount")

        def decide(state: State) -> Outcome[Adjusted]:
            known = self.books.store.adjustment(account_id, reference)
            if known is not None:
                return Outcome(_again(known, amount))
            adjustment = Adjustment(account_id, reference, amount, reason, state.moment)
            draft = state.draft()
            entry = book_adjustment(draft, adjustment)
            return Outcome(Adjusted(adjustment, entry), draft.done(), [self.books.store.adjusting(adjustment)])

        return self.books.execute(account_id, decide)


def _again(known: Adjustment, amount: int) -> Adjusted:
    if known.amount != amount:
        raise Conflict("This reference has been booked with another amount.", code="reference_taken", field="reference")
    return Adjusted(known, None)


def book_adjustment(draft: Draft, adjustment: Adjustment, against: str = ADJUSTMENTS) -> Entry:
    """Post an adjustment in a draft. The caller puts the write of its record beside the change.

    `against` is the platform's ledger account on the other side.
    """
    if draft.account.currency is None:
        raise Conflict("The account has no currency yet. It is chosen before any money.", code="currency_not_chosen")
    asset = ASSETS[draft.account.currency]
    facts = Unposted(
        kind=EntryKind.ADJUSTMENT,
        description=adjustment.reason,
        created_at=draft.moment,
        postings=(
            Posting(prepaid(draft.account.account_id), asset, adjustment.amount),
            Posting(against, asset, -adjustment.amount),
        ),
        cause=adjustment.reference,
    )
    entry = draft.post(facts)
    credited(draft, entry.amount)
    return entry


def credited(draft: Draft, amount: int) -> None:
    """What every credit does to a suspended account: the end waits again, and its owner learns what is missing.

    The last call is written again before the new end. One that there is no time to repeat stands: at the longest grace
    the end does not move, and a cent a day would otherwise put it off for ever.
    """
    if amount <= 0 or not is_suspended(draft.account):
        return
    draft.set(last_top_up_at=draft.moment)
    if last_call_due_at(draft.account, draft.policy) > draft.moment:
        draft.set(last_call_at=None)
    account = draft.account
    if not account.covers_restore:
        facts = {"balance": account.balance(draft.moment), "missing": account.restore_missing}
        if account.totals.live:
            facts["ends_at"] = end_at(account, draft.policy)
        draft.tell(Topic.STILL_SUSPENDED, **facts)
