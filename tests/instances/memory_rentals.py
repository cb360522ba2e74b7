"""A RentalStore in the memory of the books, so that one transaction covers both."""

from collections.abc import Iterator
from dataclasses import replace
from zlib import crc32

from chalicelib.errors import NotFound
from chalicelib.instances.rental import Rental
from chalicelib.instances.store import LOOK_SHARDS, Remembered, RentalPage
from chalicelib.writes import Write
from tests.billing.memory_books import Key, MemoryBooks, MemoryWrite


class MemoryRentals:
    """Rentals of accounts, beside the books' own records."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def rental(self, account_id: str, rental_id: str) -> Rental:
        found = self._books.records.get(_rental(account_id, rental_id))
        if found is None:
            raise NotFound("You have no rental with this id.")
        rental: Rental = found
        return rental

    def page(self, account_id: str, before: str | None, limit: int) -> RentalPage:
        mine = sorted((each for each in self.all() if each.account_id == account_id), key=_id, reverse=True)
        rest = [each for each in mine if before is None or each.rental_id < before]
        return RentalPage(tuple(rest[:limit]), rest[limit - 1].rental_id if len(rest) > limit else None)

    def writing(self, before: Rental | None, after: Rental) -> Write:
        version = 0 if before is None else before.version
        stamped = replace(after, version=version + 1)
        return MemoryWrite(_rental(after.account_id, after.rental_id), stamped, None if before is None else version)

    def save(self, before: Rental, after: Rental) -> None:
        self._books.commit(None, [self.writing(before, after)])

    def due(self, shard: int, now: int) -> Iterator[tuple[str, str, int]]:
        wanting = [(each.look_at, each) for each in self.all() if each.look_at is not None and each.look_at <= now]
        mine = [(look_at, each) for look_at, each in wanting if crc32(each.rental_id.encode()) % LOOK_SHARDS == shard]
        for look_at, each in sorted(mine, key=lambda pair: pair[0]):
            yield each.account_id, each.rental_id, look_at

    def remembered(self, account_id: str, key: str) -> Remembered | None:
        return self._books.records.get(_idempotency(account_id, key))

    def remembering(self, account_id: str, key: str, remembered: Remembered, now: int) -> Write:
        return MemoryWrite(_idempotency(account_id, key), remembered, None)

    def all(self) -> Iterator[Rental]:
        return iter([record for record in list(self._books.records.values()) if isinstance(record, Rental)])


def _rental(account_id: str, rental_id: str) -> Key:
    return ("rentals", account_id, rental_id)


def _idempotency(account_id: str, key: str) -> Key:
    return ("accounts", account_id, f"idempotency#{key}")


def _id(rental: Rental) -> str:
    return rental.rental_id
