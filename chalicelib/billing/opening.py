"""Opening an account's line, beside whatever else an account consists of, in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.billing.account import Account
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import BooksStore
from chalicelib.clock import Clock
from chalicelib.money import Asset
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class LineOpening:
    """Use case of sign-up and of the operator's command."""

    store: BooksStore
    clock: Clock
    policy: Policy

    def open(
        self, account_id: str, owner_id: str, currency: Asset | None, beside: Sequence[Write], *, verified: bool
    ) -> Account:
        """Commit a new account with the writes that make its user. Raises LostRace when either is there already.

        `verified` repeats what its user's record says of the e-mail address, so that one read tells who may rent.
        """
        account = Account(
            account_id=account_id,
            owner_id=owner_id,
            at=self.clock(),
            currency=currency.code if currency else None,
            verified=verified,
            rental_limit=self.policy.rental_limit,
            armed=frozenset(self.policy.notice_days),
            version=1,
        )
        self.store.commit(None, [self.store.opening(account), *beside])
        return account
