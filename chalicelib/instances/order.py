"""An order: what a researcher asks to rent."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple


class Order(NamedTuple):
    """What a researcher asks for. `key_ids` None takes every key of the account."""

    name: str
    offer_id: str
    key_ids: Sequence[str] | None = None
    idempotency_key: str | None = None

    @property
    def digest(self) -> str:
        """Tells one request from another under the same idempotency key."""
        keys = "*" if self.key_ids is None else ",".join(sorted(self.key_ids))
        return hashlib.sha256(f"{self.name}\n{self.offer_id}\n{keys}".encode()).hexdigest()
