"""What a researcher looks for, and the order: what is asked to be rented."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Invalid

if TYPE_CHECKING:
    from chalicelib.instances.offers import Offer

LONGEST_LEASE_SECONDS = 366 * DAY


class Wanted(NamedTuple):
    """What somebody looks for. None leaves it open; names are compared without regard to case."""

    gpu_name: str | None = None
    gpu_count: int | None = None
    provider: str | None = None
    region: str | None = None
    disk_gb: int | None = None

    def fits(self, offer: "Offer") -> bool:
        """Whether an offer is what is wanted."""
        return (
            _same(self.gpu_name, offer.gpu_name)
            and _same(self.provider, offer.provider)
            and _same(self.region, offer.region)
            and self.gpu_count in (None, offer.gpu_count)
            and self.disk_gb in (None, offer.disk_gb)
        )


class Lease(NamedTuple):
    """How long a server is wanted: it is stopped after so many hours, or at a second. One of the two."""

    hours: int | None = None
    moment: int | None = None

    def ends_at(self, now: int) -> int:
        """The second at which it ends. Raises Invalid for what is past, too far off, or not one of the two."""
        if (self.hours is None) == (self.moment is None):
            message = "Say either after how many hours to stop or at which moment, and not both."
            raise Invalid(message, code="invalid_lease", field="stop_at")
        ends_at = now + (self.hours or 0) * HOUR if self.moment is None else self.moment
        if not now < ends_at <= now + LONGEST_LEASE_SECONDS:
            field = "stop_after_hours" if self.moment is None else "stop_at"
            raise Invalid("A lease ends in the future, and within a year.", code="invalid_lease", field=field)
        return ends_at


class Order(NamedTuple):
    """What a researcher asks for. `key_ids` None takes every key of the account."""

    name: str
    offer_id: str
    key_ids: Sequence[str] | None = None
    idempotency_key: str | None = None
    lease: Lease | None = None

    @property
    def digest(self) -> str:
        """Tells one request from another under the same idempotency key."""
        keys = "*" if self.key_ids is None else ",".join(sorted(self.key_ids))
        lease = "" if self.lease is None else f"\n{self.lease.hours}\n{self.lease.moment}"
        return hashlib.sha256(f"{self.name}\n{self.offer_id}\n{keys}{lease}".encode()).hexdigest()


def _same(wanted: str | None, offered: str) -> bool:
    return wanted is None or wanted.casefold() == offered.casefold()
