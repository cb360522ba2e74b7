"""The notices' contract on the engines that stand in for DynamoDB."""

from collections.abc import Mapping

import pytest

from chalicelib.adapters.dynamodb.notices import DynamoNotices
from chalicelib.adapters.dynamodb.tables import connect
from chalicelib.adapters.dynamodb.transaction import commit
from local.engines import REGION
from tests.engines import FreshTables
from tests.notices.store_contract import Kept, NoticesStoreContract


def kept_on(variables: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> Kept:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    connection = connect(REGION)
    store = DynamoNotices(variables["NOTICES_TABLE"], connection)
    return Kept(store, lambda message: commit(connection, [store.writing(message)]))


class TestOnMinistack(NoticesStoreContract):
    """On ministack."""

    @pytest.fixture
    def kept(self, fresh_tables: FreshTables, monkeypatch: pytest.MonkeyPatch) -> Kept:
        return kept_on(fresh_tables.variables, monkeypatch)


@pytest.mark.dynamodb_local
class TestOnDynamoDbLocal(NoticesStoreContract):
    """On Amazon's own."""

    @pytest.fixture
    def kept(self, fresh_dynamodb_local_tables: FreshTables, monkeypatch: pytest.MonkeyPatch) -> Kept:
        return kept_on(fresh_dynamodb_local_tables.variables, monkeypatch)
