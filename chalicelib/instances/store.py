"""What renting needs of a store. `adapters/dynamodb/rentals.py` is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from chalicelib.instances.rental import Rental
from chalicelib.writes import Write

LOOK_SHARDS = 8


@dataclass(frozen=True, slots=True)
class RentalPage:
    """Rentals newest first, and the id before which the next page starts (None: no more)."""

    rentals: tuple[Rental, ...]
    before: str | None


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an idempotency key was used for: a digest of the request, and the rental that it made."""

    digest: str
    rental_id: str


class RentalStore(Protocol):
    """Rentals of accounts. Reads are consistent."""

    def rental(self, account_id: str, rental_id: str) -> Rental:
        """Raises NotFound."""

    def page(self, account_id: str, before: str | None, limit: int) -> RentalPage:
        """A page of the account's rentals, ended ones included."""

    def writing(self, before: Rental | None, after: Rental) -> Write:
        """The write that makes a rental, or changes it if its version is still that of `before`, and counts it up."""

    def save(self, before: Rental, after: Rental) -> None:
        """The same write by itself. Raises LostRace or OutcomeUnknown."""

    def due(self, shard: int, now: int) -> Iterator[tuple[str, str, int]]:
        """Account and rental ids of a shard that want a look by `now`, and since when. An index: only hints."""

    def remembered(self, account_id: str, key: str) -> Remembered | None:
        """What an idempotency key was used for, while it is kept."""

    def remembering(self, account_id: str, key: str, remembered: Remembered, now: int) -> Write:
        """The write that takes an idempotency key, refused if it is taken."""

    def all(self) -> Iterator[Rental]:
        """Every rental. For the inventory and the verifier."""
