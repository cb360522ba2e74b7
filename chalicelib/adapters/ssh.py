"""SSH keys by the cryptographic library: its opinion on public ones, after our own parser's, and new pairs."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_ssh_public_key,
)

from chalicelib.accounts.key_pairs import KeyPair
from chalicelib.accounts.public_key import PublicKey


class LibraryInspector:
    """Asks whether the library reads a key, and reads it as the same key."""

    def takes(self, key: PublicKey) -> bool:
        """Whether it does. Security keys lose their type in the library, so that for them reading must do."""
        try:
            loaded = load_ssh_public_key(key.canonical.encode())
            written = loaded.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        except UnsupportedAlgorithm:
            return key.key_type.startswith("sk-")
        except ValueError:
            return False
        return key.key_type.startswith("sk-") or written == key.canonical


class LibraryKeyMaker:
    """A KeyMaker."""

    def pair(self, seed: bytes) -> KeyPair:
        """The Ed25519 pair of this seed."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        public = private.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        text = private.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return KeyPair(public.decode(), text.decode())
