"""The currency that an account is kept in: chosen once, before any money. docs/rules.md, "Accounts"."""

from dataclasses import dataclass

from chalicelib.billing.account import Account
from chalicelib.billing.books import Books, Outcome, State
from chalicelib.billing.verified import check_verified
from chalicelib.errors import Conflict, Invalid
from chalicelib.money import ASSETS


@dataclass(frozen=True, slots=True)
class Currencies:
    """Use case of an account's owner."""

    books: Books

    def choose(self, account_id: str, code: str) -> Account:
        """The account in that currency from now on; choosing the same again changes nothing.

        Raises Invalid for one that can not be chosen, Forbidden before the address is verified, and Conflict with
        currency_chosen.
        """
        if code not in ASSETS:
            message = f"An account can be kept in {' or '.join(ASSETS)}."
            raise Invalid(message, code="currency_not_offered", field="currency")

        def decide(state: State) -> Outcome[Account]:
            check_verified(state.account)
            if state.account.currency == code:
                return Outcome(state.account)
            if state.account.currency is not None:
                message = f"The account is kept in {state.account.currency}, and that can not be changed."
                raise Conflict(message, code="currency_chosen", field="currency")
            draft = state.draft()
            draft.set(currency=code)
            change = draft.done()
            return Outcome(change.after, change)

        return self.books.execute(account_id, decide)
