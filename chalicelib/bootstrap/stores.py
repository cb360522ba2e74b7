"""What every other service stands on: configuration, time, chance, stores, queues and the deployment's secret."""

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.clock import Clock, wall_clock
from chalicelib.config import Config
from chalicelib.ids import Ids

if TYPE_CHECKING:
    from pynamodb.connection import Connection

    from chalicelib.adapters.dynamodb.books import DynamoBooks
    from chalicelib.adapters.dynamodb.lines import DynamoLines
    from chalicelib.adapters.dynamodb.machines import DynamoMachines
    from chalicelib.adapters.dynamodb.notices import DynamoNotices
    from chalicelib.adapters.dynamodb.rentals import DynamoRentals
    from chalicelib.adapters.dynamodb.tokens import DynamoTokens
    from chalicelib.adapters.dynamodb.users import DynamoUsers
    from chalicelib.queues import Queue
    from chalicelib.signing import Signer


class Stores:
    """The clock and the source of ids are the caller's to choose."""

    def __init__(self, config: Config | None = None, clock: Clock = wall_clock, ids: Ids | None = None) -> None:
        self.config = config or Config.from_environment()
        self.clock = clock
        self.ids = ids or Ids()

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
    def lines(self) -> "DynamoLines":
        """Accounts, to be read: what the books load beside it is for those who write or look further."""
        from chalicelib.adapters.dynamodb.lines import DynamoLines

        return DynamoLines(self.connection, self.config.tables.accounts)

    @cached_property
    def notices_store(self) -> "DynamoNotices":
        """Messages."""
        from chalicelib.adapters.dynamodb.notices import DynamoNotices

        return DynamoNotices(self.config.tables.notices, self.connection)

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

    @cached_property
    def machines_store(self) -> "DynamoMachines":
        """Self-hosted servers, and what daemons say."""
        from chalicelib.adapters.dynamodb.machines import DynamoMachines

        tables = self.config.tables
        return DynamoMachines(self.connection, tables.machines, tables.identity)

    @cached_property
    def signer(self) -> "Signer":
        """What links, daemons' tokens and second factors are signed and sealed with."""
        from chalicelib.adapters.deployment_secret import DeploymentSecret
        from chalicelib.signing import Signer

        return Signer(DeploymentSecret(self.config.signing_secret, self.config.region, self.clock))

    def _queue(self, url: str) -> "Queue":
        from chalicelib.adapters.sqs import SqsQueue

        return SqsQueue(url, self.config.region)
