"""Setting the monthly spending cap. docs/rules.md, "Settings that protect"."""

from dataclasses import dataclass

from chalicelib.billing.books import Books, Outcome, State
from chalicelib.billing.outlook import preview
from chalicelib.billing.spending import Spending, spending
from chalicelib.errors import Conflict, Invalid
from chalicelib.money import MAX_MICROS


@dataclass(frozen=True, slots=True)
class SpendingCaps:
    """Use cases of the cap."""

    books: Books

    def see(self, account_id: str) -> Spending:
        """What the account has used in this month, and its cap. One read."""
        account = self.books.store.account(account_id)
        return spending(preview(account, max(self.books.clock(), account.at), self.books.policy))

    def set(self, account_id: str, cap: int | None) -> Spending:
        """Start nothing more once so many micro-dollars have been used in a calendar month. None: no cap.

        A cap that has been used already holds from this second on, and is told at once.
        """
        if cap is not None and not 0 < cap <= MAX_MICROS:
            raise Invalid("A cap is more than zero, and at most a billion dollars.", code="invalid_cap", field="cap")

        def decide(state: State) -> Outcome[Spending]:
            if state.account.currency is None:
                raise Conflict("Choose the account's currency first.", code="currency_not_chosen")
            draft = state.draft()
            draft.set(spending_cap=cap)
            change = None if cap == state.account.spending_cap else draft.done()
            return Outcome(spending(draft.account), change)

        return self.books.execute(account_id, decide)
