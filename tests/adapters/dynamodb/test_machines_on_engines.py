"""The contract of the machines' store on the engines that stand in for DynamoDB. A class shares its tables."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chalicelib.adapters.dynamodb.machines import KEPT_SECONDS
from chalicelib.instances.machines import Heard
from tests.engines import Aws, FreshTables, tables_in
from tests.instances.machine_contract import IDS, NOW, MachineStoreContract, Rack, a_report, a_server
from tests.stores import services_on


@contextmanager
def rack_on(tables: FreshTables) -> Iterator[Rack]:
    with services_on(tables) as services:
        yield Rack(services.machines_store, lambda writes: services.books_store.commit(None, writes))


class TestOnMinistack(MachineStoreContract):
    """On ministack."""

    @pytest.fixture(scope="class")
    @classmethod
    def rack(cls, ministack_engine: Aws) -> Iterator[Rack]:
        with rack_on(tables_in(ministack_engine, ministack_engine)) as rack:
            yield rack


@pytest.mark.dynamodb_local
class TestOnDynamoDbLocal(MachineStoreContract):
    """On Amazon's own."""

    @pytest.fixture(scope="class")
    @classmethod
    def rack(cls, dynamodb_local_engine: Aws, ministack_engine: Aws) -> Iterator[Rack]:
        with rack_on(tables_in(dynamodb_local_engine, ministack_engine)) as rack:
            yield rack


def test_what_is_over_expires_and_what_lives_does_not(fresh_tables: FreshTables) -> None:
    account_id, rental_id = IDS.new("acct", NOW), IDS.new("rent", NOW)
    with rack_on(fresh_tables) as rack:
        living, deleted = rack.put(a_server(account_id)), rack.put(a_server(account_id, "lab-2"))
        rack.store.hear_self_hosted(living, Heard(NOW, "dtok_1", a_report()))
        rack.change(deleted, deleted_at=NOW)
        rack.store.hear_rented(account_id, rental_id, Heard(NOW + 1, "1", a_report()))
    table = fresh_tables.provisioned.ref("MachinesTable")
    rows = fresh_tables.dynamodb.scan(TableName=table)["Items"]
    expiries = {row["machine_id"]["S"]: int(row["expires_at"]["N"]) if "expires_at" in row else None for row in rows}
    assert expiries == {
        living.machine_id: None,
        "name#lab-1": None,
        deleted.machine_id: NOW + KEPT_SECONDS,
        rental_id: NOW + 1 + KEPT_SECONDS,
    }
