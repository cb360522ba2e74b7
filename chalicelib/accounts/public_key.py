"""One line of text as an SSH public key: what a person pastes or the command line sends from a file.

Only the canonical text, the type and the base64, ever goes to a server. The comment is kept apart, for people.
"""

import base64
import binascii
import hashlib
import unicodedata
from dataclasses import dataclass

from chalicelib.accounts.ssh_wire import KEY_TYPES, Malformed, check_blob
from chalicelib.errors import Invalid

LONGEST_TEXT = 16 * 1024
LONGEST_COMMENT = 100
_PRIVATE_MARKS = ("private key-----", "putty-user-key", "b3blbnnzac1rzxktdje")
"""The last one is how the body of an OpenSSH private key begins in base64, should its header be missing."""
_LINE_AND_CONTROL = frozenset({"Cc", "Zl", "Zp"})


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that passed every check of ours."""

    key_type: str
    canonical: str
    """Type and base64, one blank between them."""
    comment: str
    """Printable text of at most 100 characters; may be empty."""
    fingerprint: str
    """SHA256:... as `ssh-keygen -l` prints it."""


def parse_public_key(text: str, *, field: str = "public_key") -> PublicKey:
    """Read one line of the form "type base64 [comment]".

    Raises Invalid, with the code private_key for what should have stayed on the person's own machine. No message holds
    any part of the text.
    """
    if is_private_key(text):
        message = (
            "This is a private key. It was not stored. Treat it as exposed: delete it, make a new pair, "
            "and paste the .pub file of the new one."
        )
        raise Invalid(message, code="private_key", field=field)
    try:
        key_type, blob, comment = _split(_one_line(text))
        check_blob(key_type, blob)
    except Malformed as error:
        raise Invalid(str(error), code="invalid_ssh_key", field=field) from None
    return PublicKey(
        key_type=key_type,
        canonical=f"{key_type} {base64.b64encode(blob).decode()}",
        comment=_shown(comment),
        fingerprint=fingerprint_of(blob),
    )


def is_private_key(text: str) -> bool:
    """Whether a text holds what only a private key's file holds."""
    lowered = text.lower()
    return any(mark in lowered for mark in _PRIVATE_MARKS)


def fingerprint_of(blob: bytes) -> str:
    """SHA-256 of a key's blob in unpadded base64, with its name in front."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _one_line(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise Malformed("The text is longer than any key that we take.")
    line = text.strip(" \t").removesuffix("\n").removesuffix("\r").strip(" \t")
    if not line:
        raise Malformed("There is no key in the text.")
    if any(unicodedata.category(character) in _LINE_AND_CONTROL for character in line):
        raise Malformed("A key is one line without control characters: paste the line of one .pub file.")
    return line


def _split(line: str) -> tuple[str, bytes, str]:
    key_type, _, rest = line.partition(" ")
    if key_type not in KEY_TYPES:
        raise Malformed(_refused_type(key_type, rest))
    encoded, _, comment = rest.lstrip(" ").partition(" ")
    return key_type, _decoded(encoded), comment


def _decoded(encoded: str) -> bytes:
    try:
        blob = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        blob = b""
    if not blob or base64.b64encode(blob).decode() != encoded:
        raise Malformed("What follows the type of the key is not base64.")
    return blob


def _refused_type(key_type: str, rest: str) -> str:
    if "-cert-v0" in key_type:
        return "Certificates are not taken: paste the public key itself."
    if key_type == "ssh-dss":
        return "DSA keys are not safe any more and servers refuse them. Make an Ed25519 key."
    if not KEY_TYPES.keys().isdisjoint(rest.split(" ")):
        return "Options in front of a key are not taken: begin with the type of the key."
    if key_type.startswith("AAAA"):
        return "The type in front of the key is missing: paste the whole line of the .pub file."
    return "This is no OpenSSH public key. Types that we take: Ed25519, ECDSA, RSA, and security keys."


def _shown(comment: str) -> str:
    printable = "".join(character for character in comment if character.isprintable())
    return printable.strip(" ")[:LONGEST_COMMENT].rstrip(" ")
