"""A shop to count at: the product on the template's tables, a clock that is moved, accounts in any number."""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from app import app
from benchmarks.capacity import Item
from benchmarks.cold_start import request
from benchmarks.traffic import Recorder
from chalicelib import bootstrap
from chalicelib.accounts.tokens import TokenOrder
from chalicelib.billing.books import Outcome, State
from chalicelib.billing.meters import Meter
from chalicelib.billing.store import DUE_SHARDS
from chalicelib.billing.usage import Kind
from chalicelib.bootstrap import Services
from chalicelib.clock import DAY
from chalicelib.config import Config
from chalicelib.money import USD
from local.functions import Context
from local.provision import Provisioned

NOON = 20_453 * DAY + DAY // 2
"""2025-12-31T12:00:00Z"""
PRICE = 580_000
"""Micro-dollars per hour."""
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyrPIQVyVtHOjyVGcXOjWW4zYWlwVN9AvJdqFYwGMGa ada@laptop"
_BATCH = 25


class Shop:
    """Services on tables that stand. The variables must be those of the process: clients find the engine by them."""

    def __init__(self, variables: Mapping[str, str], provisioned: Provisioned, dynamodb: Any) -> None:
        self.now = NOON
        self.variables = variables
        self.services = Services(Config.from_environment(variables), lambda: self.now)
        self.recorder = Recorder(self.services.connection, dynamodb, provisioned)
        self._dynamodb = dynamodb

    @contextmanager
    def open(self) -> Iterator["Shop"]:
        """Its services are those of the process for as long as this lasts."""
        bootstrap.use(self.services)
        try:
            with self.recorder.listening():
                yield self
        finally:
            bootstrap.use(None)

    def account(self, dollars: str = "1000.00") -> str:
        """A new account with money; its id."""
        ids, services = self.services.ids, self.services
        account_id = ids.new("acct", self.now)
        services.line_opening.open(account_id, ids.new("user", self.now), USD, (), verified=True)
        services.adjustments.adjust(account_id, USD.parse(dollars), "Benchmark", ids.new("adjm", self.now))
        return account_id

    def token(self, account_id: str) -> str:
        """The secret of a new token that has been used in this hour."""
        order = TokenOrder(account_id, self.services.ids.new("user", self.now), "ada@example.com", "Benchmark")
        secret = self.services.tokens.create(order, self.now).secret
        self.services.tokens.authenticate(secret, self.now)
        return secret

    def run_meters(self, account_id: str, count: int) -> None:
        """So many rented servers begin to be charged at this second."""

        def decide(state: State) -> Outcome[None]:
            draft = state.draft()
            for number in range(count):
                draft.meter(None, self._meter(account_id, f"trainer-{number}"))
            return Outcome(None, draft.done())

        self.services.books.execute(account_id, decide)

    def _meter(self, account_id: str, name: str) -> Meter:
        return Meter(
            meter_id=self.services.ids.new("rent", self.now),
            account_id=account_id,
            kind=Kind.RENTAL,
            name=name,
            code="g4dn.xlarge",
            full_price=PRICE,
            wished_price=PRICE,
            resumes=False,
            price=PRICE,
            since=self.now,
            started_at=self.now,
        )

    def until_midnight(self) -> None:
        """Time passes to the next close."""
        self.now += DAY - self.now % DAY

    def lines(self, count: int, due_at: int | None) -> None:
        """So many accounts due at that moment, put into the table past the product.

        They have what the index `due` holds and nothing else: the sweep reads no more of them.
        """
        ids = self.services.ids
        self._put(self._line(ids.new("acct", self.now), number, due_at) for number in range(count))

    def copies(self, account_id: str, count: int) -> list[str]:
        """Ids of so many accounts with the line and the meters of this one, put into the table past the product."""
        names = {"#id": "account_id"}
        found = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="#id = :id",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={":id": {"S": account_id}},
        )
        items = [item for item in found["Items"] if item["item"]["S"].startswith(("line", "meter#"))]
        made = [self.services.ids.new("acct", self.now) for _ in range(count)]
        self._put({**item, "account_id": {"S": copy_id}} for copy_id in made for item in items)
        return made

    @property
    def _table(self) -> str:
        return self.services.config.tables.accounts

    def _put(self, items: Iterable[Item]) -> None:
        source = iter(items)
        while batch := list(islice(source, _BATCH)):
            puts = [{"PutRequest": {"Item": item}} for item in batch]
            left = self._dynamodb.batch_write_item(RequestItems={self._table: puts})["UnprocessedItems"]
            assert not left, "the engine did not take every item"

    def _line(self, account_id: str, number: int, due_at: int | None) -> Item:
        row = {"account_id": {"S": account_id}, "item": {"S": "line"}}
        if due_at is None:
            return row
        return {**row, "due_shard": {"N": str(number % DUE_SHARDS)}, "due_at": {"N": str(due_at)}}

    def call(self, method: str, path: str, token: str, body: object = None, **headers: str) -> Any:
        """One request to the API's function; the JSON of its answer."""
        answer = self.ask(method, path, token, body, **headers)
        assert answer["statusCode"] in (200, 201), answer
        return json.loads(answer["body"])

    def ask(self, method: str, path: str, token: str, body: object = None, **headers: str) -> Any:
        """The whole answer, as the function gives it to API Gateway."""
        return app(request(method, path, token, body, **headers), Context("api_handler", "benchmark"))
