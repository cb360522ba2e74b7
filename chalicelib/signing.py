"""Signatures of our own: what a link in an e-mail or a daemon's token carries, so that no table has to hold it.

One secret of the deployment gives a key of its own to each purpose. While it is rotated there are two: the newest
signs, and what either has signed is taken.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

Secrets = Callable[[], tuple[bytes, ...]]
"""The secrets that count, the newest first. Read when something is signed, never before."""


@dataclass(frozen=True)
class Signer:
    """Signs texts, each for one purpose: a signature for another purpose says nothing."""

    secrets: Secrets

    def sign(self, purpose: str, text: str) -> str:
        """The signature: HMAC-SHA256 in 43 characters that may stand in an address."""
        return _signature(self.keys(purpose)[0], text)

    def is_signed(self, purpose: str, text: str, signature: str) -> bool:
        """Whether this is our signature of the text for this purpose."""
        given = signature.encode()
        return any(hmac.compare_digest(_signature(key, text).encode(), given) for key in self.keys(purpose))

    def keys(self, purpose: str) -> tuple[bytes, ...]:
        """Keys of 32 bytes for a purpose, the newest first."""
        return tuple(hmac.digest(secret, purpose.encode(), sha256) for secret in self.secrets())


def _signature(key: bytes, text: str) -> str:
    return urlsafe_b64encode(hmac.digest(key, text.encode(), sha256)).rstrip(b"=").decode()
