"""A desk to write rules at: the books in memory, a clock that the test moves, a verb for each thing that happens."""

from random import Random

from chalicelib.billing.account import Account
from chalicelib.billing.books import Books, Outcome, Settled, State
from chalicelib.billing.journal import Entry
from chalicelib.billing.meters import Meter
from chalicelib.billing.policy import Policy
from chalicelib.billing.store import BooksStore
from chalicelib.clock import DAY
from chalicelib.ids import Ids
from chalicelib.money import USD
from chalicelib.notices.messages import Message, Topic
from tests.billing import commands
from tests.billing.memory_books import MemoryBooks

ACCOUNT = "acct_test"
FIRST_MIDNIGHT = 20_000 * DAY
NOON = FIRST_MIDNIGHT + DAY // 2
DOLLAR = 10**6


class Desk:
    """One account in USD, opened at noon, with nothing on it."""

    def __init__(self, now: int = NOON, policy: Policy | None = None, *, verified: bool = True) -> None:
        self.now = now
        self.store = MemoryBooks()
        self.ids = Ids(Random(7).randbytes)
        self.books = self.with_store(self.store, policy or Policy())
        account = Account(account_id=ACCOUNT, owner_id="user_test", at=now, currency="USD", verified=verified)
        self.store.commit(None, [self.store.opening(account)])
        self._references = 0

    def with_store(self, store: BooksStore, policy: Policy) -> Books:
        """Books on another store, at this desk's clock."""
        return Books(store, lambda: self.now, self.ids, policy, pause=lambda millis: None)

    @property
    def account(self) -> Account:
        return self.store.account(ACCOUNT)

    @property
    def journal(self) -> list[Entry]:
        return list(self.store.journal(ACCOUNT))

    @property
    def messages(self) -> list[Message]:
        return self.store.messages(ACCOUNT)

    @property
    def topics(self) -> list[Topic]:
        return [message.topic for message in self.messages]

    @property
    def balance(self) -> int:
        """What the account has now, in micro-dollars, as its record stands."""
        return self.account.balance(max(self.now, self.account.at))

    def told(self, topic: Topic) -> list[Message]:
        """The messages about one thing."""
        return [message for message in self.messages if message.topic is topic]

    def meter(self, meter_id: str) -> Meter | None:
        return next((meter for meter in self.store.meters(ACCOUNT) if meter.meter_id == meter_id), None)

    def deductions(self, meter_id: str) -> list[int]:
        """What the deductions of one meter took, oldest first, in micro-dollars."""
        return [-entry.amount for entry in self.journal if entry.facts.cause == meter_id]

    def lasts_until(self) -> int | None:
        return self.account.runs_out_at

    def wait(self, *, days: int = 0, hours: int = 0, seconds: int = 0) -> None:
        """Time passes and nobody does anything."""
        self.now += days * DAY + hours * 3600 + seconds

    def until(self, moment: int) -> None:
        """Time passes up to a moment and nobody does anything."""
        self.now = moment

    def sweep(self) -> Settled:
        return self.books.settle(ACCOUNT)

    def sweep_each_minute(self, minutes: int) -> None:
        for _ in range(minutes):
            self.now += 60
            self.sweep()

    def do(self, decide: commands.Decide) -> bool:
        return self.books.execute(ACCOUNT, decide)

    def credit(self, dollars: str, reference: str | None = None) -> None:
        self.adjust(USD.parse(dollars), reference)

    def debit(self, dollars: str, reference: str | None = None) -> None:
        self.adjust(-USD.parse(dollars), reference)

    def adjust(self, micros: int, reference: str | None = None) -> None:
        """Book an amount in micro-dollars."""
        self._references += 1
        self.do(commands.adjust(self.store, reference or f"adjm_{self._references}", micros))

    def rent(self, meter_id: str, price: int, *, seen_running: bool = True) -> None:
        self.do(commands.rent(self.store, meter_id, price))
        if seen_running:
            self.online(meter_id)

    def verify(self, verified: bool = True) -> None:
        """Its owner opens the link in the e-mail."""

        def decide(state: State) -> Outcome[bool]:
            draft = state.draft()
            draft.set(verified=verified)
            return Outcome(True, draft.done())

        self.do(decide)

    def activate(self, meter_id: str, price: int) -> None:
        self.do(commands.activate(self.store, meter_id, price))

    def online(self, meter_id: str) -> bool:
        return self.do(commands.online(meter_id))

    def stop(self, meter_id: str, price: int) -> None:
        self.do(commands.stop(meter_id, price))

    def start(self, meter_id: str) -> None:
        self.do(commands.start(meter_id))

    def lease(self, meter_id: str, ends_at: int | None, stopped_price: int = 0) -> None:
        self.do(commands.lease(meter_id, ends_at, stopped_price))

    def cap(self, dollars: str | None) -> None:
        self.do(commands.cap(None if dollars is None else USD.parse(dollars)))

    def end(self, meter_id: str) -> None:
        self.do(commands.end(meter_id))
