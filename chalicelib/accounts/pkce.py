"""PKCE's S256, for both sides: we prove ourselves by it to Google, and the command proves itself to us. RFC 7636."""

from base64 import urlsafe_b64encode
from hashlib import sha256


def challenge_of(verifier: str) -> str:
    """The challenge of a verifier: its SHA-256 in 43 characters."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
