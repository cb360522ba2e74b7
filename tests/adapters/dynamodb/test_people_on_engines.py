"""The contract of people's stores on the engines that stand in for DynamoDB. A class shares its tables."""

from collections.abc import Iterator

import pytest

from chalicelib.bootstrap import Services
from tests.engines import Aws, tables_in
from tests.people.people_contract import PeopleContract
from tests.stores import services_on


class TestOnMinistack(PeopleContract):
    """On ministack."""

    @pytest.fixture(scope="class")
    @classmethod
    def services(cls, ministack_engine: Aws) -> Iterator[Services]:
        with services_on(tables_in(ministack_engine, ministack_engine)) as services:
            yield services


@pytest.mark.dynamodb_local
class TestOnDynamoDbLocal(PeopleContract):
    """On Amazon's own."""

    @pytest.fixture(scope="class")
    @classmethod
    def services(cls, dynamodb_local_engine: Aws, ministack_engine: Aws) -> Iterator[Services]:
        with services_on(tables_in(dynamodb_local_engine, ministack_engine)) as services:
            yield services
