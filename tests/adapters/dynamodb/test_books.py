"""The books in DynamoDB: what of the store no contract can tell, because it is how the table is asked and written."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from pynamodb.connection import Connection

from chalicelib.adapters.dynamodb.books import DynamoBooks
from chalicelib.adapters.dynamodb.notices import DynamoNotices
from chalicelib.billing.account import Account
from chalicelib.billing.policy import Policy
from tests.adapters.dynamodb.emulated import emulated, items, recorded
from tests.billing.store_contract import NOW, a_meter, begin

ACCOUNTS, JOURNAL, NOTICES = "AccountsTable", "JournalTable", "NoticesTable"


@dataclass(frozen=True)
class Kept:
    """A store on empty tables, with one account in it."""

    store: DynamoBooks
    connection: Connection
    account_id: str = "acct_1"

    @property
    def account(self) -> Account:
        return self.store.account(self.account_id)

    def item(self, name: str) -> dict[str, Any]:
        """One item of the account, as DynamoDB holds it."""
        (found,) = [one for one in items(ACCOUNTS) if one["item"] == {"S": name}]
        return found

    def note(self, name: str) -> None:
        """Put an attribute on an item that this version of the code does not know."""
        key = {"account_id": {"S": self.account_id}, "item": {"S": name}}
        noted = {"TableName": ACCOUNTS, "Key": key, "UpdateExpression": "SET newer = :newer"}
        self.connection.client._make_api_call(
            "UpdateItem", {**noted, "ExpressionAttributeValues": {":newer": {"S": "kept"}}}
        )


@pytest.fixture
def kept() -> Iterator[Kept]:
    with emulated(ACCOUNTS, JOURNAL, NOTICES) as connection:
        store = DynamoBooks(connection, ACCOUNTS, JOURNAL, DynamoNotices(NOTICES, connection), Policy())
        opened = Account(account_id="acct_1", owner_id="user_1", at=NOW, currency="USD", ledger=10**6)
        store.commit(None, [store.opening(opened)])
        yield Kept(store, connection)


def start(kept: Kept) -> None:
    """A server begins to run."""
    draft = begin(kept.account)
    draft.meter(None, a_meter(kept.account))
    kept.store.commit(draft.done(), ())


def test_updates_name_attributes_and_leave_what_they_do_not_know(kept: Kept) -> None:
    start(kept)
    for name in ("line", "meter#rent_train"):
        kept.note(name)
    (meter,) = kept.store.meters("acct_1")
    draft = begin(kept.account, NOW + 5)
    draft.meter(meter, meter.at_price(0, NOW + 5))
    with recorded(kept.connection) as calls:
        kept.store.commit(draft.done(), ())
    ((_, sent),) = calls
    assert [list(write) for write in sent["TransactItems"]] == [["Update"], ["Update"]]
    assert "owner_id" not in sent["TransactItems"][0]["Update"]["ExpressionAttributeNames"].values()
    for name in ("line", "meter#rent_train"):
        assert kept.item(name)["newer"] == {"S": "kept"}


def test_the_account_is_one_consistent_read_and_its_meters_one_consistent_query_of_the_table(kept: Kept) -> None:
    start(kept)
    with recorded(kept.connection) as calls:
        kept.store.account("acct_1")
        kept.store.meters("acct_1")
    assert [(name, asked["ConsistentRead"], "IndexName" in asked) for name, asked in calls] == [
        ("GetItem", True, False),
        ("Query", True, False),
    ]


def test_the_keys_of_the_index_are_there_only_while_something_is_due(kept: Kept) -> None:
    keys = {"due_at", "due_shard"}
    assert not keys & kept.item("line").keys()
    start(kept)
    assert keys <= kept.item("line").keys()
    (meter,) = kept.store.meters("acct_1")
    draft = begin(kept.account)
    draft.meter(meter, meter.ended(NOW))
    draft.set(unclosed_since=None)
    kept.store.commit(draft.done(), ())
    assert not keys & kept.item("line").keys()
