"""What a researcher looks for, and the order: what is asked to be rented."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chalicelib.instances.lease import Lease
    from chalicelib.instances.offers import Offer



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


class Order(NamedTuple):
    """What a researcher asks for. `key_ids` None takes every key of the account."""

    name: str
    offer_id: str
    key_ids: Sequence[str] | None = None
    idempotency_key: str | None = None
    lease: "Lease | None" = None

    @property
    def digest(self) -> str:
        """Tells one request from another under the same idempotency key."""
        keys = "*" if self.key_ids is None else ",".join(sorted(self.key_ids))
        lease = "" if self.lease is None else f"\n{self.lease.hours}\n{self.lease.moment}"
        return hashlib.sha256(f"{self.name}\n{self.offer_id}\n{keys}{lease}".encode()).hexdigest()


def _same(wanted: str | None, offered: str) -> bool:
    return wanted is None or wanted.casefold() == offered.casefold()
