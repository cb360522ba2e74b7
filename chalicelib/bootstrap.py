"""The composition root: services built from adapters, each on first use. The one place where they meet.

Imports stand inside the properties, so that a function loads only the vendors of what it uses.
"""

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.clock import Clock, pause, wall_clock
from chalicelib.config import Config
from chalicelib.ids import Ids

if TYPE_CHECKING:
    from pynamodb.connection import Connection

    from chalicelib.accounts.opening import Opening
    from chalicelib.accounts.ssh_keys import SshKeys
    from chalicelib.accounts.tokens import Tokens
    from chalicelib.accounts.users import Users
    from chalicelib.adapters.dynamodb.books import DynamoBooks
    from chalicelib.adapters.dynamodb.lines import DynamoLines
    from chalicelib.adapters.dynamodb.notices import DynamoNotices
    from chalicelib.adapters.dynamodb.rentals import DynamoRentals
    from chalicelib.adapters.dynamodb.tokens import DynamoTokens
    from chalicelib.adapters.dynamodb.users import DynamoUsers
    from chalicelib.billing.adjustments import Adjustments
    from chalicelib.billing.books import Books
    from chalicelib.billing.explain import Reader
    from chalicelib.billing.history import History
    from chalicelib.billing.limits import Limits
    from chalicelib.billing.opening import LineOpening
    from chalicelib.billing.payables import Payables
    from chalicelib.billing.sweep import Sweep
    from chalicelib.instances.driver import Driver
    from chalicelib.instances.inventory import Inventory
    from chalicelib.instances.offers import Catalogue
    from chalicelib.instances.provider import Provider
    from chalicelib.instances.rentals import Rentals
    from chalicelib.instances.watch import Watch
    from chalicelib.notices.notifications import Notifications
    from chalicelib.notices.outbox import Outbox
    from chalicelib.queues import Queue


class Services:
    """Everything that a handler may call. The clock and the source of ids are the caller's to choose."""

    def __init__(self, config: Config | None = None, clock: Clock = wall_clock, ids: Ids | None = None) -> None:
        self.config = config or Config.from_environment()
        self.clock = clock
        self.ids = ids or Ids()

    # Stores.

    @cached_property
    def connection(self) -> "Connection":
        """One DynamoDB client for all tables."""
        from chalicelib.adapters.dynamodb.tables import connect

        return connect(self.config.region)

    @cached_property
    def users_store(self) -> "DynamoUsers":
        """Users."""
        from chalicelib.adapters.dynamodb.users import DynamoUsers

        return DynamoUsers(self.connection, self.config.tables.identity)

    @cached_property
    def tokens_store(self) -> "DynamoTokens":
        """API tokens."""
        from chalicelib.adapters.dynamodb.tokens import DynamoTokens

        return DynamoTokens(self.connection, self.config.tables.identity)

    @cached_property
    def notices_store(self) -> "DynamoNotices":
        """Messages."""
        from chalicelib.adapters.dynamodb.notices import DynamoNotices

        return DynamoNotices(self.config.tables.notices, self.connection)

    @cached_property
    def lines(self) -> "DynamoLines":
        """Accounts, to be read: what the books load beside it is for those who write or look further."""
        from chalicelib.adapters.dynamodb.lines import DynamoLines

        return DynamoLines(self.connection, self.config.tables.accounts)

    @cached_property
    def books_store(self) -> "DynamoBooks":
        """Accounts, meters and journals."""
        from chalicelib.adapters.dynamodb.books import DynamoBooks

        tables = self.config.tables
        return DynamoBooks(self.connection, tables.accounts, tables.journal, self.notices_store, self.config.policy)

    @cached_property
    def rentals_store(self) -> "DynamoRentals":
        """Rentals."""
        from chalicelib.adapters.dynamodb.rentals import DynamoRentals

        return DynamoRentals(self.connection, self.config.tables.rentals, self.config.tables.accounts)

    # Accounts.

    @cached_property
    def tokens(self) -> "Tokens":
        """API tokens."""
        from chalicelib.accounts.tokens import Tokens

        return Tokens(self.tokens_store, self.ids)

    @cached_property
    def users(self) -> "Users":
        """Users."""
        from chalicelib.accounts.users import Users

        return Users(self.users_store)

    @cached_property
    def keys(self) -> "SshKeys":
        """SSH keys."""
        from chalicelib.accounts.ssh_keys import SshKeys
        from chalicelib.adapters.dynamodb.ssh_keys import DynamoSshKeys
        from chalicelib.adapters.ssh import LibraryInspector

        store = DynamoSshKeys(self.connection, self.config.tables.identity)
        return SshKeys(store, LibraryInspector(), self.ids)

    @cached_property
    def opening(self) -> "Opening":
        """New users, prepared to be committed with their account's line."""
        from chalicelib.accounts.opening import Opening

        return Opening(self.users_store, self.tokens_store, self.ids)

    # Billing.

    @cached_property
    def books(self) -> "Books":
        """Every write to an account."""
        from chalicelib.billing.books import Books

        return Books(self.books_store, self.clock, self.ids, self.config.policy, pause)

    @cached_property
    def line_opening(self) -> "LineOpening":
        """New accounts' lines."""
        from chalicelib.billing.opening import LineOpening

        return LineOpening(self.books_store, self.clock, self.config.policy)

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
    def payables(self) -> "Payables":
        """Payable services."""
        from chalicelib.billing.payables import Payables

        return Payables(self.books)

    @cached_property
    def sweep(self) -> "Sweep":
        """Accounts that are due."""
        from chalicelib.billing.sweep import Sweep

        return Sweep(self.books_store, self._queue(self.config.settle_queue_url), self.clock)

    # Renting.

    @cached_property
    def provider(self) -> "Provider":
        """Servers."""
        from chalicelib.adapters.ec2 import Ec2

        return Ec2(self.config.stage, self.config.placement)

    @cached_property
    def catalogue(self) -> "Catalogue":
        """What can be rented in this region."""
        from chalicelib.instances.offers import load

        return load().within([self.config.region])

    @cached_property
    def drive_queue(self) -> "Queue":
        """Rentals that want a look."""
        return self._queue(self.config.drive_queue_url)

    @cached_property
    def rentals(self) -> "Rentals":
        """The rental lifecycle."""
        from chalicelib.instances.rentals import Rentals

        return Rentals(self.books, self.reader, self.rentals_store, self.catalogue, self.keys, self._wake)

    @cached_property
    def driver(self) -> "Driver":
        """What takes a rental to what it should be."""
        from chalicelib.instances.driver import Driver

        return Driver(self.books, self.rentals_store, self.provider, self.config.patience)

    @cached_property
    def watch(self) -> "Watch":
        """What finds rentals that want a look."""
        from chalicelib.instances.watch import Watch

        return Watch(self.rentals_store, self.provider, self.drive_queue, self.clock, self.config.vanish_limit)

    @cached_property
    def inventory(self) -> "Inventory":
        """The provider's servers against the rentals."""
        from chalicelib.instances.inventory import Inventory

        regions = (self.config.region,)
        return Inventory(self.rentals_store, self.provider, self.clock, regions, self.config.orphan_seconds)

    # Notices.

    @cached_property
    def outbox(self) -> "Outbox":
        """What sends messages."""
        from chalicelib.adapters.addresses import OwnerAddresses
        from chalicelib.adapters.ses import SesMailer
        from chalicelib.notices.letters import Letterhead
        from chalicelib.notices.outbox import Outbox

        mailer = SesMailer(self.config.mail_sender, self.config.region)
        letterhead = Letterhead(self.config.console_url)
        return Outbox(self.notices_store, mailer, OwnerAddresses(self.users_store), self.clock, letterhead)

    @cached_property
    def notifications(self) -> "Notifications":
        """Messages as their owner lists them."""
        from chalicelib.notices.notifications import Notifications

        return Notifications(self.notices_store)

    def _queue(self, url: str) -> "Queue":
        from chalicelib.adapters.sqs import SqsQueue

        return SqsQueue(url, self.config.region)

    def _wake(self, account_id: str, rental_id: str) -> None:
        """A hint after a commit: if it is lost, the rental's own `look_at` finds it within a minute."""
        from chalicelib.errors import Unavailable
        from chalicelib.instances.watch import drive_hint

        try:
            self.drive_queue.send([drive_hint(account_id, rental_id)])
        except Unavailable:
            return


_current: Services | None = None


def services() -> Services:
    """The services of this process, built at the first call."""
    global _current
    if _current is None:
        _current = Services()
    return _current


def use(chosen: Services | None) -> None:
    """Put other services in their place: another clock, other ids. None: build them anew."""
    global _current
    _current = chosen
