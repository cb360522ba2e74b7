"""An order: what a researcher asks to rent."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.instances.lease import Lease


@dataclass(frozen=True, slots=True)
class Order:
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
