"""Real SSH public keys of every type, and blobs built field by field."""

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Keys = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey

SECURITY_KEY_APPLICATION = b"ssh:"


def string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def number(value: int) -> bytes:
    return string(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def text_of(key_type: str, *fields: bytes) -> str:
    """The line of a key whose blob has these fields after its type."""
    return line(key_type, string(key_type.encode()) + b"".join(fields))


def line(key_type: str, blob: bytes) -> str:
    return f"{key_type} {base64.b64encode(blob).decode()}"


def blob_of(text: str) -> bytes:
    return base64.b64decode(text.split(" ")[1])


@cache
def private_key(name: str) -> Keys:
    """One key of each name for the whole run: RSA keys take a second to make."""
    curves = {"p256": ec.SECP256R1(), "p384": ec.SECP384R1(), "p521": ec.SECP521R1()}
    if name in curves:
        return ec.generate_private_key(curves[name])
    if name.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(name.removeprefix("rsa")))
    return ed25519.Ed25519PrivateKey.generate()


@cache
def public_text(name: str) -> str:
    """The canonical line: ed25519, p256, p384, p521, rsa2048, rsa1024, sk-ed25519, sk-p256."""
    if name == "sk-ed25519":
        return _security_key("sk-ssh-ed25519@openssh.com", public_text("ed25519"))
    if name == "sk-p256":
        return _security_key("sk-ecdsa-sha2-nistp256@openssh.com", public_text("p256"))
    return private_key(name).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def private_text(name: str, form: PrivateFormat = PrivateFormat.OpenSSH) -> str:
    return private_key(name).private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def _security_key(key_type: str, plain: str) -> str:
    """The same public part as the plain key's, with the application a security key signs for."""
    blob = blob_of(plain)
    after_type = blob[4 + int.from_bytes(blob[:4], "big") :]
    return text_of(key_type, after_type, string(SECURITY_KEY_APPLICATION))


NAMES = ("ed25519", "p256", "p384", "p521", "rsa2048", "sk-ed25519", "sk-p256")
