"""A track to race on: real services on an engine's tables, real threads, a clock that the test moves, and verbs.

The engine decides who wins. What the test decides is that all who race have read before any of them writes, or that one
stands before its write while others finish.
"""

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from pynamodb.connection import Connection

from chalicelib.adapters.addresses import OwnerAddresses
from chalicelib.adapters.dynamodb.tables import connect
from chalicelib.billing.reconciliation import Auditor
from chalicelib.bootstrap import Services
from chalicelib.errors import Failure
from chalicelib.instances.offers import Catalogue
from chalicelib.instances.reconciliation import RentalAuditor
from chalicelib.money import USD
from chalicelib.notices.letters import Letterhead
from chalicelib.notices.mailer import Letter
from chalicelib.notices.outbox import Outbox
from local.engines import REGION, aws_variables
from local.environment import environment_with
from tests.accounts.key_texts import public_text
from tests.engines import Aws, FreshTables
from tests.instances.fake_provider import FakeProvider
from tests.instances.yard import NOON, Basket, an_offer
from tests.races.customer import Customer
from tests.races.wire import PATIENCE_SECONDS, Killed, Wire
from tests.stores import services_on

Act = Callable[[], object]
Wired = tuple[Connection, Wire]


class Racer:
    """One use case in a thread of its own, and what came of it."""

    def __init__(self, act: Act) -> None:
        self.answer: Any = None
        self.refusal: Failure | None = None
        self.died = False
        self._error: BaseException | None = None
        self._act = act
        self.thread = threading.Thread(target=self._run, daemon=True)

    def finish(self) -> "Racer":
        """Wait for its end. Raises what is neither an answer nor a refusal."""
        self.thread.join(PATIENCE_SECONDS)
        assert not self.thread.is_alive(), "stuck"
        if self._error is not None:
            raise self._error
        return self

    def _run(self) -> None:
        try:
            self.answer = self._act()
        except Failure as refusal:
            self.refusal = refusal
        except Killed:
            self.died = True
        except BaseException as error:  # noqa: BLE001 - handed to the thread that asked
            self._error = error


class Postbox:
    """A Mailer that keeps what is sent."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    def send(self, letter: Letter) -> None:
        self.letters.append(letter)


class Track:
    """Accounts, their money and their servers on one engine. Servers are the fake provider's."""

    def __init__(self, tables: FreshTables, services: Services, wire: Wire) -> None:
        self.now = NOON
        self.services = services
        self.provider = FakeProvider(lambda: self.now)
        self.hints = Basket()
        self.postbox = Postbox()
        self._tables = tables
        self._equip(services)
        self.wire = wire

    def behind(self, seconds: int) -> Services:
        """The same services, as an invocation has them whose clock is behind."""
        other = Services(self.services.config, lambda: self.now - seconds)
        other.connection = self.services.connection
        self._equip(other)
        return other

    def _equip(self, services: Services) -> None:
        services.provider = self.provider
        services.drive_queue = self.hints
        services.catalogue = Catalogue([an_offer()])

    @property
    def outbox(self) -> Outbox:
        """The real outbox, which sends to the postbox."""
        services = self.services
        addresses = OwnerAddresses(services.users_store)
        letterhead = Letterhead("https://localhost", str)
        return Outbox(services.notices_store, self.postbox, addresses, services.clock, letterhead)

    # What happens.

    def open(self, dollars: str = "0") -> Customer:
        """An account in USD with some money and a key."""
        services = self.services
        opened = services.opening.prepare(services.ids.new("ada", 0) + "@example.com", self.now, verified=True)
        services.line_opening.open(opened.user.account_id, opened.user.user_id, USD, opened.writes, verified=True)
        services.keys.add(opened.user.account_id, public_text("ed25519"), "laptop", self.now)
        customer = Customer(services, opened.user.account_id)
        if USD.parse(dollars):
            customer.credit(dollars, "opening")
        return customer

    def online(self, customer: Customer, name: str = "train") -> str:
        """A server that is charged for; it takes twenty seconds to come up."""
        rental_id = customer.rent(name).rental_id
        self.services.driver.drive(customer.account_id, rental_id)
        self.now += 20
        self.services.driver.drive(customer.account_id, rental_id)
        assert customer.account.totals.rate > 0
        return rental_id

    def together(self, *acts: Act) -> list[Racer]:
        """Each in a thread of its own. All stand before their first transaction before one is sent."""
        self.wire.line_up(len(acts))
        try:
            return self._race(acts)
        finally:
            self.wire.line_up(0)

    def at_once(self, *acts: Act) -> list[Racer]:
        """Each in a thread of its own, which may find nothing to do."""
        return self._race(acts)

    def overtaken(self, act: Act, *others: Act) -> list[Racer]:
        """One has decided, and stands before its transaction while the others do all of theirs."""
        first = Racer(act)
        hold = self.wire.hold(first.thread)
        first.thread.start()
        try:
            assert hold.arrived.wait(PATIENCE_SECONDS), "never came to a transaction"
            rest = [racer for other in others for racer in self._race([other])]
        finally:
            hold.go.set()
        return [first.finish(), *rest]

    def alone(self, act: Act) -> Racer:
        """One act in a thread of its own, because it may die."""
        return self._race([act])[0]

    def _race(self, acts: Sequence[Act]) -> list[Racer]:
        racers = [Racer(act) for act in acts]
        for racer in racers:
            racer.thread.start()
        return [racer.finish() for racer in racers]

    def take_settle_hints(self) -> list[str]:
        """Accounts that sweeps handed to the workers, as they come off the real queue."""
        url = self.services.config.settle_queue_url
        taken: list[str] = []
        while messages := self._tables.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            taken += [json.loads(message["Body"])["account_id"] for message in messages]
            for message in messages:
                self._tables.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    # What holds after every race.

    def check(self) -> None:
        """Every journal without a gap, its chain whole, its balance the record's; meters, rentals and servers agree."""
        services = self.services
        assert Auditor(services.books_store).audit().differences == []
        assert RentalAuditor(services.rentals_store, services.books_store, services.inventory).audit() == []


@contextmanager
def wired(engine: Aws) -> Iterator[Wired]:
    """A connection to an engine, through a wire. Whoever races shares it: a client takes longer to make than a race."""
    with environment_with(aws_variables(engine.engine.url)):
        connection = connect(REGION)
        wire = Wire(connection.client._endpoint.http_session)
        connection.client._endpoint.http_session = wire
    with patch("botocore.endpoint.time", SimpleNamespace(sleep=lambda seconds: None)):
        yield connection, wire


@contextmanager
def track_on(tables: FreshTables, connection: Connection, wire: Wire) -> Iterator[Track]:
    """A track on fresh tables."""
    tracks: list[Track] = []
    with services_on(tables, lambda: tracks[0].now) as services:
        services.connection = connection
        tracks.append(Track(tables, services, wire))
        yield tracks[0]
        wire.calm()
