"""How many servers an account may rent at once: each account's own number. docs/rules.md, "Renting"."""

from dataclasses import dataclass

from chalicelib.billing.account import Account
from chalicelib.billing.books import Books, Outcome, State
from chalicelib.errors import Invalid


@dataclass(frozen=True, slots=True)
class Limits:
    """Use case of the operator's command."""

    books: Books

    def set_rental_limit(self, account_id: str, limit: int) -> Account:
        """The account with that limit of live rentals. Nothing that is rented ends. Raises Invalid and NotFound."""
        most = self.books.policy.largest_rental_limit
        if not 0 <= limit <= most:
            raise Invalid(f"A rental limit is a whole number from 0 to {most}.", field="limit")

        def decide(state: State) -> Outcome[Account]:
            if state.account.rental_limit == limit:
                return Outcome(state.account)
            draft = state.draft()
            draft.set(rental_limit=limit)
            change = draft.done()
            return Outcome(change.after, change)

        return self.books.execute(account_id, decide)
