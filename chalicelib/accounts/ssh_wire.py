"""The binary half of an SSH public key, read strictly: RFC 4253, 5656 and 8709, and OpenSSH's PROTOCOL.u2f.

Libraries read more than is safe to hand to a server's authorized_keys: trailing bytes, small moduli, security-key
types that turn into other types. This reader takes the listed types, exactly, and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

SMALLEST_MODULUS_BITS = 2048
LARGEST_MODULUS_BITS = 16384
SMALLEST_EXPONENT = 65537
LARGEST_EXPONENT_BITS = 64
LONGEST_APPLICATION = 255
ED25519_LENGTH = 32
UNCOMPRESSED = b"\x04"


class Malformed(Exception):
    """The bytes are not the key they claim to be. The text says what is wrong and never holds any of them."""


@dataclass(slots=True)
class Reader:
    """Reads the fields of a blob in their order."""

    rest: bytes

    def string(self) -> bytes:
        """The next length-prefixed string."""
        length = int.from_bytes(self.rest[:4], "big")
        end = 4 + length
        if len(self.rest) < 4 or len(self.rest) < end:
            raise Malformed("The key is cut off: paste the whole line of the .pub file.")
        taken, self.rest = self.rest[4:end], self.rest[end:]
        return taken

    def positive(self) -> int:
        """The next integer, which must be positive and written in its shortest form."""
        digits = self.string()
        number = int.from_bytes(digits, "big", signed=True)
        if number <= 0 or len(digits) != number.bit_length() // 8 + 1:
            raise Malformed("A number in the key is not written as it should be.")
        return number

    def end(self) -> None:
        """Nothing may follow."""
        if self.rest:
            raise Malformed("The key has bytes after its end.")


def check_blob(key_type: str, blob: bytes) -> None:
    """Raise Malformed unless the blob is exactly one key of this type, which must be one of KEY_TYPES."""
    reader = Reader(blob)
    if reader.string() != key_type.encode():
        raise Malformed("The key is of another type than the one in front of it.")
    KEY_TYPES[key_type](reader)
    reader.end()


def _ed25519(reader: Reader) -> None:
    if len(reader.string()) != ED25519_LENGTH:
        raise Malformed("An Ed25519 key has 32 bytes.")


def _ecdsa(curve: str, coordinate_length: int) -> Callable[[Reader], None]:
    def check(reader: Reader) -> None:
        if reader.string() != curve.encode():
            raise Malformed("The curve of the key is not the one of its type.")
        point = reader.string()
        if point[:1] != UNCOMPRESSED or len(point) != 1 + 2 * coordinate_length:
            raise Malformed("The point of the key is not an uncompressed point of its curve.")

    return check


def _security_key(inner: Callable[[Reader], None]) -> Callable[[Reader], None]:
    def check(reader: Reader) -> None:
        inner(reader)
        application = reader.string()
        printable = application.isascii() and application.decode("ascii", "replace").isprintable()
        if not printable or not 1 <= len(application) <= LONGEST_APPLICATION:
            raise Malformed("The application of the security key is not a short printable text.")

    return check


def _rsa(reader: Reader) -> None:
    exponent, modulus = reader.positive(), reader.positive()
    bits = modulus.bit_length()
    if bits < SMALLEST_MODULUS_BITS:
        raise Malformed(f"An RSA key needs at least {SMALLEST_MODULUS_BITS} bits; this one has {bits}.")
    if bits > LARGEST_MODULUS_BITS:
        raise Malformed(f"An RSA key has at most {LARGEST_MODULUS_BITS} bits; this one has {bits}.")
    if exponent < SMALLEST_EXPONENT or exponent.bit_length() > LARGEST_EXPONENT_BITS:
        raise Malformed(f"The exponent of an RSA key is at least {SMALLEST_EXPONENT} and has at most 64 bits.")
    if exponent % 2 == 0 or modulus % 2 == 0:
        raise Malformed("The numbers of an RSA key are odd.")


_p256 = _ecdsa("nistp256", 32)

KEY_TYPES: Mapping[str, Callable[[Reader], None]] = {
    "ssh-ed25519": _ed25519,
    "ecdsa-sha2-nistp256": _p256,
    "ecdsa-sha2-nistp384": _ecdsa("nistp384", 48),
    "ecdsa-sha2-nistp521": _ecdsa("nistp521", 66),
    "sk-ssh-ed25519@openssh.com": _security_key(_ed25519),
    "sk-ecdsa-sha2-nistp256@openssh.com": _security_key(_p256),
    "ssh-rsa": _rsa,
}
"""The types we take, and what follows the type's name in a key of each."""
