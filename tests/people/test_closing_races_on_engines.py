"""The races of a closing on ministack and on Amazon's DynamoDB Local."""

from collections.abc import Iterator

import pytest

from tests.engines import Aws, FreshTables
from tests.people.closing_races import ClosingRaces
from tests.races.track import Track, Wired, track_on, wired


@pytest.fixture(scope="module")
def to_ministack(ministack_engine: Aws) -> Iterator[Wired]:
    with wired(ministack_engine) as both:
        yield both


@pytest.fixture(scope="module")
def to_dynamodb_local(dynamodb_local_engine: Aws) -> Iterator[Wired]:
    with wired(dynamodb_local_engine) as both:
        yield both


class TestOnMinistack(ClosingRaces):
    """On ministack."""

    @pytest.fixture
    def track(self, fresh_tables: FreshTables, to_ministack: Wired) -> Iterator[Track]:
        with track_on(fresh_tables, *to_ministack) as track:
            yield track


@pytest.mark.dynamodb_local
class TestOnDynamoDbLocal(ClosingRaces):
    """On Amazon's own."""

    @pytest.fixture
    def track(self, fresh_dynamodb_local_tables: FreshTables, to_dynamodb_local: Wired) -> Iterator[Track]:
        with track_on(fresh_dynamodb_local_tables, *to_dynamodb_local) as track:
            yield track
