"""A RentalStore on the table `rentals`, with the idempotency keys of the table `accounts`."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any
from zlib import crc32

from pynamodb.attributes import BooleanAttribute, ListAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading
from chalicelib.adapters.dynamodb.fields import Fields, differences, moment_or_none
from chalicelib.adapters.dynamodb.tables import bind
from chalicelib.adapters.dynamodb.transaction import TableWrite, Update, commit, put_new
from chalicelib.clock import DAY
from chalicelib.errors import NotFound
from chalicelib.instances.offers import Offer
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import Status, Wish
from chalicelib.instances.store import LOOK_SHARDS, Remembered, RentalPage
from chalicelib.writes import Write

IDEMPOTENCY = "idempotency#"
KEPT_SECONDS = 7 * DAY
"""How long an idempotency key is remembered."""


class LookIndex(GlobalSecondaryIndex["RentalRecord"]):
    """Sparse: only rentals that want a look some time have these keys."""

    class Meta:
        index_name = "look"
        projection = KeysOnlyProjection()

    look_shard = NumberAttribute(hash_key=True)
    look_at = NumberAttribute(range_key=True)


class RentalRecord(Model):
    """A rental."""

    account_id = UnicodeAttribute(hash_key=True)
    rental_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    offer: MapAttribute[str, Any] = MapAttribute()
    created_at = NumberAttribute()
    public_keys: ListAttribute[Any] = ListAttribute()
    key_ids: ListAttribute[Any] = ListAttribute()
    wish = UnicodeAttribute()
    status = UnicodeAttribute()
    status_since = NumberAttribute()
    server_id = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    host_user = UnicodeAttribute()
    access_open = BooleanAttribute()
    attempt = NumberAttribute()
    image_id = UnicodeAttribute(null=True)
    launched_key_ids: ListAttribute[Any] = ListAttribute()
    coming_up_since = NumberAttribute()
    maybe_launched_at = NumberAttribute(null=True)
    refusals = NumberAttribute()
    refusal = UnicodeAttribute(null=True)
    seen_running_at = NumberAttribute(null=True)
    units_when_seen = NumberAttribute()
    units_counted = NumberAttribute(null=True)
    missing_since = NumberAttribute(null=True)
    start_asked_at = NumberAttribute(null=True)
    stop_asked_at = NumberAttribute(null=True)
    terminate_asked_at = NumberAttribute(null=True)
    reboot_wanted = BooleanAttribute()
    failure = UnicodeAttribute(null=True)
    lease_ends_at = NumberAttribute(null=True)
    look_shard = NumberAttribute(null=True)
    look_at = NumberAttribute(null=True)
    version = NumberAttribute()
    look_index = LookIndex()


class IdempotencyRecord(Model):
    """What an idempotency key was used for, until it expires."""

    account_id = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)
    digest = UnicodeAttribute()
    rental_id = UnicodeAttribute()
    expires_at = NumberAttribute()


class DynamoRentals:
    """Rentals of accounts."""

    def __init__(self, connection: Connection, rentals_table: str, accounts_table: str) -> None:
        self._connection = connection
        self._rental = bind(RentalRecord, rentals_table, connection)
        self._idempotency = bind(IdempotencyRecord, accounts_table, connection)

    def rental(self, account_id: str, rental_id: str) -> Rental:
        """One consistent GetItem."""
        with reading():
            try:
                return _rental_of(self._rental.get(account_id, rental_id, consistent_read=True))
            except self._rental.DoesNotExist:
                raise NotFound("You have no rental with this id.") from None

    def page(self, account_id: str, before: str | None, limit: int) -> RentalPage:
        """One consistent Query backwards: ids sort by creation."""
        below = None if before is None else self._rental.rental_id < before
        with reading():
            rows = self._rental.query(
                account_id, below, consistent_read=True, scan_index_forward=False, limit=limit + 1, page_size=limit + 1
            )
            rentals = tuple(map(_rental_of, rows))
        more = len(rentals) > limit
        return RentalPage(rentals[:limit], rentals[limit - 1].rental_id if more else None)

    def writing(self, before: Rental | None, after: Rental) -> Write:
        """Counts the version up; conditional on that of `before`."""
        return self._write(before, after)

    def save(self, before: Rental, after: Rental) -> None:
        """One conditional UpdateItem."""
        commit(self._connection, [self._write(before, after)])

    def due(self, shard: int, now: int) -> Iterator[tuple[str, str, int]]:
        """One Query of the index `look`, and one more for each further page."""
        with reading():
            for record in self._rental.look_index.query(shard, self._rental.look_at <= now):
                yield record.account_id, record.rental_id, int(record.look_at or now)

    def remembered(self, account_id: str, key: str) -> Remembered | None:
        """One consistent GetItem."""
        with reading():
            try:
                record = self._idempotency.get(account_id, IDEMPOTENCY + key, consistent_read=True)
            except self._idempotency.DoesNotExist:
                return None
        return Remembered(record.digest, record.rental_id)

    def remembering(self, account_id: str, key: str, remembered: Remembered, now: int) -> Write:
        """Refused if the key is taken."""
        record = self._idempotency(
            account_id,
            IDEMPOTENCY + key,
            digest=remembered.digest,
            rental_id=remembered.rental_id,
            expires_at=now + KEPT_SECONDS,
        )
        return put_new(record)

    def all(self) -> Iterator[Rental]:
        """Scans the table: for the verifier alone."""
        with reading():
            yield from map(_rental_of, self._rental.scan(consistent_read=True))

    def _write(self, before: Rental | None, after: Rental) -> TableWrite:
        version = 1 if before is None else before.version + 1
        fields = _fields(after) | _look_fields(after) | {"version": version}
        if before is None:
            return put_new(self._rental(after.account_id, after.rental_id, **fields))
        record = self._rental(after.account_id, after.rental_id)
        actions = differences(self._rental, _fields(before), fields)
        return Update(record, actions, self._rental.version == before.version)


def _look_fields(rental: Rental) -> Fields:
    shard = None if rental.look_at is None else crc32(rental.rental_id.encode()) % LOOK_SHARDS
    return {"look_shard": shard, "look_at": rental.look_at}


def _fields(rental: Rental) -> Fields:
    return {
        "name": rental.name,
        "offer": asdict(rental.offer),
        "created_at": rental.created_at,
        "public_keys": list(rental.public_keys),
        "key_ids": list(rental.key_ids),
        "wish": str(rental.wish),
        "status": str(rental.status),
        "status_since": rental.status_since,
        "server_id": rental.server_id,
        "address": rental.address,
        "host_user": rental.host_user,
        "access_open": rental.access_open,
        "attempt": rental.attempt,
        "image_id": rental.image_id,
        "launched_key_ids": list(rental.launched_key_ids),
        "coming_up_since": rental.coming_up_since,
        "maybe_launched_at": rental.maybe_launched_at,
        "refusals": rental.refusals,
        "refusal": rental.refusal,
        "seen_running_at": rental.seen_running_at,
        "units_when_seen": rental.units_when_seen,
        "units_counted": rental.units_counted,
        "missing_since": rental.missing_since,
        "start_asked_at": rental.start_asked_at,
        "stop_asked_at": rental.stop_asked_at,
        "terminate_asked_at": rental.terminate_asked_at,
        "reboot_wanted": rental.reboot_wanted,
        "failure": rental.failure,
        "lease_ends_at": rental.lease_ends_at,
    }


def _rental_of(record: RentalRecord) -> Rental:
    return Rental(
        rental_id=record.rental_id,
        account_id=record.account_id,
        name=record.name,
        offer=Offer(**record.offer.as_dict()),
        created_at=int(record.created_at),
        public_keys=tuple(record.public_keys),
        key_ids=tuple(record.key_ids),
        wish=Wish(record.wish),
        status=Status(record.status),
        status_since=int(record.status_since),
        server_id=record.server_id,
        address=record.address,
        host_user=record.host_user,
        access_open=record.access_open,
        attempt=int(record.attempt),
        image_id=record.image_id,
        launched_key_ids=tuple(record.launched_key_ids),
        coming_up_since=int(record.coming_up_since),
        maybe_launched_at=moment_or_none(record.maybe_launched_at),
        refusals=int(record.refusals),
        refusal=record.refusal,
        seen_running_at=moment_or_none(record.seen_running_at),
        units_when_seen=int(record.units_when_seen),
        units_counted=int(record.units_counted or 0),
        missing_since=moment_or_none(record.missing_since),
        start_asked_at=moment_or_none(record.start_asked_at),
        stop_asked_at=moment_or_none(record.stop_asked_at),
        terminate_asked_at=moment_or_none(record.terminate_asked_at),
        reboot_wanted=record.reboot_wanted,
        failure=record.failure,
        lease_ends_at=moment_or_none(record.lease_ends_at),
        look_at=moment_or_none(record.look_at),
        version=int(record.version),
    )
