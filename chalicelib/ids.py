"""Typed public ids and secrets: the only source of chance. A test or a simulation passes its own."""

import re
import secrets
import zlib
from collections.abc import Callable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID = re.compile(r"(?P<kind>[a-z]{3,4})_[0-9a-hjkmnp-tv-z]{20}", re.ASCII)
_SECRET_LENGTH = 36
_CHECK_LENGTH = 6

Chance = Callable[[int], bytes]
"""Answers that many random bytes."""


class Ids:
    """Makes ids such as rent_0w3k...: kind, eight characters of time, twelve of chance. They sort by creation."""

    def __init__(self, chance: Chance = secrets.token_bytes) -> None:
        self._chance = chance

    def new(self, kind: str, moment: int) -> str:
        """A new id of a kind: acct, user, rent, srvc, key, tokn, mesg, adjm, sess, link, self, dtok."""
        return f"{kind}_{_base32(moment, 8)}{self._characters(12)}"

    def api_token(self) -> str:
        """A bearer token of the API."""
        return self.secret("api")

    def secret(self, kind: str) -> str:
        """A secret of 36 random base62 characters (over 200 bits), with a prefix that names its kind and a checksum."""
        body = f"tsai_{kind}_" + self._base62(_SECRET_LENGTH)
        return body + _checksum(body)

    def key(self, length: int) -> bytes:
        """So many random bytes: a key, or a number that is used once with one."""
        return self._chance(length)

    def recovery_code(self) -> str:
        """Sixteen random characters (80 bits) in groups of four, without letters that are taken for others."""
        characters = self._characters(16)
        return "-".join(characters[place : place + 4] for place in range(0, 16, 4))

    def jitter(self, ceiling_millis: int) -> int:
        """A random number of milliseconds below the ceiling, to keep writers apart."""
        return int.from_bytes(self._chance(4), "big") % max(1, ceiling_millis)

    def _characters(self, count: int) -> str:
        return "".join(_ALPHABET[byte % 32] for byte in self._chance(count))

    def _base62(self, count: int) -> str:
        number = int.from_bytes(self._chance(count), "big")
        return _digits(number, count)


def is_id(kind: str, text: str) -> bool:
    """Whether a text has the form of an id of this kind. Says nothing about its existence."""
    match = _ID.fullmatch(text)
    return match is not None and match["kind"] == kind


def is_api_token(text: str) -> bool:
    """Whether a text has the form of an API token."""
    return is_secret("api", text)


def is_secret(kind: str, text: str) -> bool:
    """Whether a text has the prefix, the length and the checksum of a secret of this kind, told offline."""
    prefix = f"tsai_{kind}_"
    body, check = text[:-_CHECK_LENGTH], text[-_CHECK_LENGTH:]
    wanted = len(prefix) + _SECRET_LENGTH + _CHECK_LENGTH
    return len(text) == wanted and text.isascii() and text.startswith(prefix) and _checksum(body) == check


def _base32(number: int, width: int) -> str:
    return "".join(_ALPHABET[(number >> (5 * place)) & 31] for place in reversed(range(width)))


def _digits(number: int, width: int) -> str:
    characters = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        characters.append(_BASE62[digit])
    return "".join(characters)


def _checksum(body: str) -> str:
    return _digits(zlib.crc32(body.encode()), _CHECK_LENGTH)
