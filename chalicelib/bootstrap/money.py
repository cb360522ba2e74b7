"""Services about money and about what people are told of it."""

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.stores import Stores
from chalicelib.clock import pause

if TYPE_CHECKING:
    from chalicelib.billing.adjustments import Adjustments
    from chalicelib.billing.books import Books
    from chalicelib.billing.caps import SpendingCaps
    from chalicelib.billing.currency import Currencies
    from chalicelib.billing.explain import Reader
    from chalicelib.billing.history import History
    from chalicelib.billing.limits import Limits
    from chalicelib.billing.opening import LineOpening
    from chalicelib.billing.payables import Payables
    from chalicelib.billing.sweep import Sweep
    from chalicelib.billing.what_if import Suppositions
    from chalicelib.notices.notifications import Notifications
    from chalicelib.notices.outbox import Outbox


class MoneyServices(Stores):
    """The books and the messages."""

    @cached_property
    def books(self) -> "Books":
        """Every write to an account."""
        from chalicelib.billing.books import Books

        return Books(self.books_store, self.clock, self.ids, self.config.policy, pause)

    @cached_property
    def line_opening(self) -> "LineOpening":
        """New accounts' lines."""
        from chalicelib.billing.opening import LineOpening

        return LineOpening(self.books)

    @cached_property
    def reader(self) -> "Reader":
        """Accounts as settling would leave them."""
        from chalicelib.billing.explain import Reader

        return Reader(self.books_store, self.clock, self.ids, self.config.policy)

    @cached_property
    def history(self) -> "History":
        """The journal."""
        from chalicelib.billing.history import History

        return History(self.books_store)

    @cached_property
    def adjustments(self) -> "Adjustments":
        """The operator's corrections."""
        from chalicelib.billing.adjustments import Adjustments

        return Adjustments(self.books)

    @cached_property
    def limits(self) -> "Limits":
        """How much an account may rent."""
        from chalicelib.billing.limits import Limits

        return Limits(self.books)

    @cached_property
    def currencies(self) -> "Currencies":
        """What accounts are kept in."""
        from chalicelib.billing.currency import Currencies

        return Currencies(self.books)

    @cached_property
    def payables(self) -> "Payables":
        """Payable services."""
        from chalicelib.billing.payables import Payables

        return Payables(self.books)

    @cached_property
    def spending_caps(self) -> "SpendingCaps":
        """Monthly spending caps."""
        from chalicelib.billing.caps import SpendingCaps

        return SpendingCaps(self.books)

    @cached_property
    def suppositions(self) -> "Suppositions":
        """What would be."""
        from chalicelib.billing.what_if import Suppositions

        return Suppositions(self.books_store, self.clock, self.config.policy)

    @cached_property
    def sweep(self) -> "Sweep":
        """Accounts that are due."""
        from chalicelib.billing.sweep import Sweep

        return Sweep(self.books_store, self._queue(self.config.settle_queue_url), self.clock)

    @cached_property
    def outbox(self) -> "Outbox":
        """What sends messages."""
        from chalicelib.accounts.links import token_of
        from chalicelib.adapters.addresses import OwnerAddresses
        from chalicelib.adapters.ses import SesMailer
        from chalicelib.notices.letters import Letterhead
        from chalicelib.notices.outbox import Outbox

        mailer = SesMailer(self.config.mail_sender, self.config.region)
        signer = self.signer
        letterhead = Letterhead(self.config.console_url, lambda link_id: token_of(link_id, signer))
        return Outbox(self.notices_store, mailer, OwnerAddresses(self.users_store), self.clock, letterhead)

    @cached_property
    def notifications(self) -> "Notifications":
        """Messages as their owner lists them."""
        from chalicelib.notices.notifications import Notifications

        return Notifications(self.notices_store)
