"""The cryptographic library's opinion on SSH public keys: the second one, after our own parser's."""

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key

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
