"""Opening an account's line, beside whatever else an account consists of, in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chalicelib.billing.account import Account
from chalicelib.billing.books import Books, Outcome, State
from chalicelib.money import Asset
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class LineOpening:
    """Use case of sign-up and of the operator's command."""

    books: Books

    def open(
        self, account_id: str, owner_id: str, currency: Asset | None, beside: Sequence[Write], *, verified: bool
    ) -> Account:
        """Commit a new account with the writes that make its user. Raises LostRace when either is there already.

        `verified` repeats what its user's record says of the e-mail address, so that one read tells who may rent.
        """
        account = self._new(account_id, owner_id, self.books.clock(), currency, verified)
        self.books.store.commit(None, [self.books.store.opening(account), *beside])
        return account

    def opening(self, account_id: str, owner_id: str, now: int, *, verified: bool) -> Write:
        """The write of a new account, whose owner is still to choose a currency; for a transaction of somebody else."""
        return self.books.store.opening(self._new(account_id, owner_id, now, None, verified))

    def verify(self, account_id: str, beside: Callable[[], Sequence[Write]]) -> None:
        """The owner's address is verified: from now on the account may rent and pay.

        `beside` decides on what is written with it. Where the account may already, only that is written.
        """

        def decide(state: State) -> Outcome[None]:
            writes = beside()
            if state.account.verified:
                return Outcome(None, beside=writes)
            draft = state.draft()
            draft.set(verified=True)
            return Outcome(None, draft.done(), writes)

        self.books.execute(account_id, decide)

    def _new(self, account_id: str, owner_id: str, at: int, currency: Asset | None, verified: bool) -> Account:
        return Account(
            account_id=account_id,
            owner_id=owner_id,
            at=at,
            currency=currency.code if currency else None,
            verified=verified,
            rental_limit=self.books.policy.rental_limit,
            armed=frozenset(self.books.policy.notice_days),
            version=1,
        )
