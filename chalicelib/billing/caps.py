"""Setting the monthly spending cap. docs/rules.md, "Settings that protect"."""

from dataclasses import dataclass

from chalicelib.billing.books import Books, Outcome, State
from chalicelib.billing.outlook import preview
from chalicelib.billing.spending import Spending, spending
from chalicelib.errors import Conflict, Forbidden, Invalid
from chalicelib.money import MAX_MICROS


@dataclass(frozen=True, slots=True)
class SpendingCaps:
    """Use cases of the cap."""

    books: Books

    def see(self, account_id: str) -> Spending:
        """What the account has used in this month, and its cap. One read."""
        account = self.books.store.account(account_id)
        return spending(preview(account, max(self.books.clock(), account.at), self.books.policy))

    def set(self, account_id: str, cap: int | None, *, in_person: bool = True) -> Spending:
        """Start nothing more once so many micro-dollars have been used in a calendar month. None: no cap.

        A cap that has been used already holds from this second on, and is told at once. Only somebody who has logged
        in may raise or remove one: else it would not protect from a token that was stolen.
        """
        if cap is not None and not 0 < cap <= MAX_MICROS:
            raise Invalid("A cap is more than zero, and at most a billion dollars.", code="invalid_cap", field="cap")

        def decide(state: State) -> Outcome[Spending]:
            if state.account.currency is None:
                raise Conflict("Choose the account's currency first.", code="currency_not_chosen")
            if not in_person and _lets_more(state.account.spending_cap, cap):
                message = "Raising or removing the spending cap needs somebody who has logged in, not an API token."
                raise Forbidden(message, code="session_needed")
            draft = state.draft()
            draft.set(spending_cap=cap)
            change = None if cap == state.account.spending_cap else draft.done()
            return Outcome(spending(draft.account), change)

        return self.books.execute(account_id, decide)


def _lets_more(before: int | None, after: int | None) -> bool:
    return before is not None and (after is None or after > before)
