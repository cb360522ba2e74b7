"""A yard to rent in: one account, its books, servers and workers in memory, a clock that the test moves, and verbs."""

from collections.abc import Iterable
from random import Random

from chalicelib.accounts.public_key import PublicKey
from chalicelib.accounts.ssh_keys import SshKey, SshKeys
from chalicelib.billing.account import Account
from chalicelib.billing.adjustments import Adjustments
from chalicelib.billing.books import Books
from chalicelib.billing.explain import Reader
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import BooksStore
from chalicelib.clock import DAY
from chalicelib.errors import LostRace
from chalicelib.ids import Ids
from chalicelib.instances.driver import Driver
from chalicelib.instances.inventory import Inventory
from chalicelib.instances.offers import Catalogue, Offer
from chalicelib.instances.order import Order
from chalicelib.instances.policy import Patience
from chalicelib.instances.rental import Rental
from chalicelib.instances.rentals import Rentals
from chalicelib.instances.status import Status, label
from chalicelib.instances.store import RentalStore
from chalicelib.instances.watch import Looked, Watch
from chalicelib.money import USD
from chalicelib.notices.messages import ACCOUNT_WIDE, Message, Topic
from chalicelib.queues import Hint
from tests.billing.memory_books import MemoryBooks
from tests.instances.fake_provider import REGION, FakeProvider, Machine
from tests.instances.memory_rentals import MemoryRentals

ACCOUNT = "acct_test"
MIDNIGHT = 20_000 * DAY
NOON = MIDNIGHT + DAY // 2
RUNNING_PRICE = 3_600_000
"""$3.60 an hour: 1000 micro-dollars a second."""
STOPPED_PRICE = 360_000
SECOND = 1_000
"""Micro-dollars for a second of a running server."""
STOPPED_SECOND = 100
PATIENCE = Patience()


def an_offer(offer_id: str = "off_small", running_price: int = RUNNING_PRICE) -> Offer:
    """A small server."""
    return Offer(
        offer_id=offer_id, instance_type="g5.xlarge", provider="Amazon", region=REGION, gpu_name="A10G", gpu_count=1,
        gpu_memory_gb=24, cpu_type="AMD", vcpus=4, ram_gb=16, disk_gb=100, scratch_gb=250,
        running_price=running_price, stopped_price=STOPPED_PRICE,
    )


class MemoryKeys:
    """An SshKeyStore of one account."""

    def __init__(self) -> None:
        self.keys: list[SshKey] = []

    def ssh_keys(self, account_id: str) -> tuple[SshKey, ...]:
        return tuple(key for key in self.keys if key.account_id == account_id)

    def ssh_key(self, account_id: str, fingerprint: str) -> SshKey | None:
        return next((key for key in self.ssh_keys(account_id) if key.fingerprint == fingerprint), None)

    def add_ssh_key(self, key: SshKey) -> None:
        self.keys.append(key)

    def delete_ssh_key(self, key: SshKey) -> None:
        if key not in self.keys:
            raise LostRace("gone")
        self.keys.remove(key)


class Trusting:
    """A KeyInspector that takes every key."""

    def takes(self, key: PublicKey) -> bool:
        return True


class Basket:
    """A queue whose hints a test delivers when it likes."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []

    def send(self, hints: Iterable[Hint]) -> int:
        sent = list(hints)
        self.hints += sent
        return len(sent)

    def take(self) -> list[Hint]:
        taken, self.hints = self.hints, []
        return taken


class Yard:
    """One account in USD with a hundred dollars and a key."""

    def __init__(
        self, now: int = NOON, dollars: str = "100", books: MemoryBooks | None = None, *, verified: bool = True
    ) -> None:
        self.now = now
        self.policy = Policy()
        self.store = books or MemoryBooks()
        self.rental_store = MemoryRentals(self.store)
        self.provider = FakeProvider(lambda: self.now)
        self.ids = Ids(Random(7).randbytes)
        self.key_store = MemoryKeys()
        self.queue = Basket()
        self.woken: list[str] = []
        self.offers = [an_offer()]
        self.vanish_limit = 3
        account = Account(account_id=ACCOUNT, owner_id="user_test", at=now, currency="USD", verified=verified)
        self.store.commit(None, [self.store.opening(account)])
        self._references = 0
        self._told = 0
        self.add_key("key_1")
        self.work_with(self.store, self.rental_store)
        self.credit(dollars)

    def work_with(self, books_store: BooksStore, rental_store: RentalStore) -> None:
        """Build the use cases on these stores: the memory itself, or something that stands before it."""
        self.books = Books(books_store, lambda: self.now, self.ids, self.policy, pause=lambda millis: None)
        reader = Reader(books_store, lambda: self.now, self.ids, self.policy)
        keys = SshKeys(self.key_store, Trusting(), self.ids)
        catalogue = Catalogue(self.offers)
        self.rentals = Rentals(self.books, reader, rental_store, catalogue, keys, self._wake)
        self.driver = Driver(self.books, rental_store, self.provider, PATIENCE)
        self.watch = Watch(rental_store, self.provider, self.queue, lambda: self.now, self.vanish_limit)
        self.inventory = Inventory(rental_store, self.provider, lambda: self.now, (REGION,), 3_600)

    def _wake(self, account_id: str, rental_id: str) -> None:
        self.woken.append(rental_id)

    # What people do.

    def add_key(self, key_id: str, canonical: str | None = None) -> None:
        text = canonical or f"ssh-ed25519 AAAA{key_id}"
        self.key_store.add_ssh_key(SshKey(key_id, ACCOUNT, key_id, text, "", f"SHA256:{key_id}", self.now))

    def rent(self, name: str = "box", **more: object) -> str:
        order = Order(name, more.pop("offer_id", "off_small"), **more)  # type: ignore[arg-type]
        return self.rentals.rent(ACCOUNT, order).rental_id

    def online(self, name: str = "box") -> str:
        """Rent a server and wait until it is online."""
        rental_id = self.rent(name)
        self.minutes(3)
        assert self.status(rental_id) is Status.ONLINE
        return rental_id

    def start(self, rental_id: str) -> Rental:
        return self.rentals.start(ACCOUNT, rental_id)

    def stop(self, rental_id: str) -> Rental:
        return self.rentals.stop(ACCOUNT, rental_id)

    def reboot(self, rental_id: str) -> Rental:
        return self.rentals.reboot(ACCOUNT, rental_id)

    def terminate(self, rental_id: str) -> Rental:
        return self.rentals.terminate(ACCOUNT, rental_id)

    def credit(self, dollars: str) -> None:
        self.adjust(USD.parse(dollars))

    def debit(self, dollars: str) -> None:
        self.adjust(-USD.parse(dollars))

    def adjust(self, micros: int) -> None:
        self._references += 1
        Adjustments(self.books).adjust(ACCOUNT, micros, "test", f"adjm_{self._references}")

    # What time and the jobs do.

    def wait(self, seconds: int) -> None:
        self.now += seconds

    def drive(self, rental_id: str) -> Rental:
        """A worker takes up a rental that it knows nothing of."""
        return self.driver.drive(ACCOUNT, rental_id)

    def sweep(self) -> None:
        self.books.settle(ACCOUNT)

    def look(self) -> Looked:
        """A pass over the rentals whose turn has come, and workers for what it finds."""
        looked = self.watch.look()
        self.deliver(self.queue.take())
        return looked

    def deliver(self, hints: Iterable[Hint]) -> None:
        """Workers take up hints."""
        for hint in hints:
            self.driver.follow(hint)

    def minutes(self, count: int) -> None:
        """So many minutes in which every job does its duty."""
        for _ in range(count):
            self.wait(60)
            self.tick()

    def tick(self) -> None:
        """The sweep, the stream of messages, the wakes of commands, and a look."""
        self.sweep()
        self._wake_for_messages()
        woken, self.woken = self.woken, []
        for rental_id in dict.fromkeys(woken):
            self.drive(rental_id)
        self.look()

    def _wake_for_messages(self) -> None:
        new = self.messages[self._told :]
        self._told += len(new)
        if any(message.topic in ACCOUNT_WIDE for message in new):
            self.watch.wake(ACCOUNT)
            self.deliver(self.queue.take())

    def suspend(self) -> None:
        """The operator takes the money back; the jobs do their duty at once."""
        balance = self.account.balance(max(self.now, self.account.at))
        self.adjust(-balance - 1)
        self.tick()

    def restore(self, dollars: str = "100") -> None:
        self.credit(dollars)
        self.tick()

    # What a test looks at.

    @property
    def account(self) -> Account:
        return self.store.account(ACCOUNT)

    @property
    def messages(self) -> list[Message]:
        return self.store.messages(ACCOUNT)

    def told(self, topic: Topic) -> list[Message]:
        return [message for message in self.messages if message.topic is topic]

    def rental(self, rental_id: str) -> Rental:
        return self.rental_store.rental(ACCOUNT, rental_id)

    def status(self, rental_id: str) -> Status:
        return self.rental(rental_id).status

    def label(self, rental_id: str) -> str:
        return label(self.status(rental_id), account_active=self.account.status == "active")

    def meter(self, rental_id: str) -> Meter | None:
        return next((meter for meter in self.store.meters(ACCOUNT) if meter.meter_id == rental_id), None)

    def price(self, rental_id: str) -> int:
        """What is charged now."""
        meter = self.meter(rental_id)
        return meter.price if meter else 0

    def server(self, rental_id: str) -> Machine:
        return self.provider.machine(rental_id)

    @property
    def balance(self) -> int:
        return self.account.balance(max(self.now, self.account.at))
