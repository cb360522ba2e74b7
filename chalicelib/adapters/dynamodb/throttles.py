"""Counted tries in the table `identity`."""

from pynamodb.attributes import NumberAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.throttle import Tries
from chalicelib.adapters.dynamodb.identity import Item, get
from chalicelib.adapters.dynamodb.tables import bind, is_absent
from chalicelib.adapters.dynamodb.transaction import Delete, Put, commit


class ThrottleRecord(Item):
    """A counter."""

    counted = NumberAttribute(attr_name="tries")
    may_try_at = NumberAttribute()
    expires_at = NumberAttribute()


class DynamoThrottles:
    """A ThrottleStore."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._connection = connection
        self._record = bind(ThrottleRecord, table_name, connection)

    def tries(self, key: str) -> Tries | None:
        """The counter, in one read."""
        found = get(self._record, f"throttle#{key}", "throttle")
        if found is None:
            return None
        return Tries(key, int(found.counted), int(found.may_try_at), int(found.expires_at))

    def count(self, before: Tries | None, after: Tries) -> None:
        """Write the counter. Raises LostRace where somebody else has counted since, OutcomeUnknown."""
        model = self._record
        record = model(
            f"throttle#{after.key}",
            "throttle",
            counted=after.count,
            may_try_at=after.may_try_at,
            expires_at=after.forgotten_at,
        )
        unchanged = (
            is_absent(model)
            if before is None
            else (model.counted == before.count) & (model.expires_at == before.forgotten_at)
        )
        commit(self._connection, [Put(record, unchanged)])

    def forget(self, key: str) -> None:
        """Remove the counter. Raises OutcomeUnknown."""
        commit(self._connection, [Delete(self._record(f"throttle#{key}", "throttle"), None)])
