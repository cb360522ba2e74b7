"""Somebody with an account on the track: what they do, and what can be seen of it afterwards."""

from dataclasses import dataclass

from chalicelib.billing.account import Account
from chalicelib.billing.adjustments import Adjusted
from chalicelib.billing.journal import Entry
from chalicelib.billing.meters import Meter
from chalicelib.bootstrap import Services
from chalicelib.instances.order import Order
from chalicelib.instances.rental import Rental
from chalicelib.money import USD
from chalicelib.notices.messages import Message, Topic


@dataclass(frozen=True)
class Customer:
    """One account, through one set of services."""

    services: Services
    account_id: str

    def by(self, services: Services) -> "Customer":
        """The same account, through an invocation with another clock."""
        return Customer(services, self.account_id)

    # What they do.

    def rent(self, name: str = "train", idempotency_key: str | None = None) -> Rental:
        """Take the one offer there is."""
        return self.services.rentals.rent(self.account_id, Order(name, "off_small", None, idempotency_key))

    def credit(self, dollars: str, reference: str) -> Adjusted:
        """The operator books an amount."""
        return self.services.adjustments.adjust(self.account_id, USD.parse(dollars), "test", reference)

    def settle(self) -> object:
        """A worker takes up the account."""
        return self.services.books.settle(self.account_id)

    # What can be seen.

    @property
    def account(self) -> Account:
        return self.services.books_store.account(self.account_id)

    @property
    def balance(self) -> int:
        """In micro-dollars, as the record stands."""
        account = self.account
        return account.balance(max(self.services.clock(), account.at))

    @property
    def journal(self) -> list[Entry]:
        return list(self.services.books_store.journal(self.account_id))

    @property
    def meters(self) -> tuple[Meter, ...]:
        return self.services.books_store.meters(self.account_id)

    @property
    def rentals(self) -> tuple[Rental, ...]:
        return self.services.rentals_store.page(self.account_id, None, 100).rentals

    @property
    def messages(self) -> list[Message]:
        notices = self.services.notices_store.page(self.account_id, None, 100).notices
        return [notice.message for notice in reversed(notices)]

    def told(self, topic: Topic) -> list[Message]:
        """The messages about one thing."""
        return [message for message in self.messages if message.topic is topic]

    def credits(self) -> dict[str, int]:
        """What was booked for each reference, in micro-dollars."""
        return {entry.facts.cause: entry.amount for entry in self.journal if entry.amount > 0}

    def deductions(self) -> list[int]:
        """What the deductions took, oldest first, in micro-dollars."""
        return [-entry.amount for entry in self.journal if entry.amount < 0]
