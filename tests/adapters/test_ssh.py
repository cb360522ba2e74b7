"""The library's opinion: it knows what only arithmetic can tell, and is asked after our own reader."""

import pytest

from chalicelib.accounts.public_key import PublicKey, parse_public_key
from chalicelib.adapters.ssh import LibraryInspector
from tests.accounts.key_texts import NAMES, public_text, string, text_of


@pytest.mark.parametrize("name", NAMES)
def test_real_keys_are_taken(name: str) -> None:
    assert LibraryInspector().takes(parse_public_key(public_text(name)))


@pytest.mark.parametrize("key_type", ["ecdsa-sha2-nistp256", "sk-ecdsa-sha2-nistp256@openssh.com"])
def test_a_point_off_the_curve_is_not(key_type: str) -> None:
    fields = [string(b"nistp256"), string(b"\4" + b"\1" * 64)]
    if key_type.startswith("sk-"):
        fields.append(string(b"ssh:"))
    parsed = parse_public_key(text_of(key_type, *fields))
    assert not LibraryInspector().takes(parsed)


def test_a_key_that_the_library_would_write_otherwise_is_not() -> None:
    text = public_text("ed25519")
    assert not LibraryInspector().takes(PublicKey("ssh-ed25519", text + " comment", "", "SHA256:x"))


def test_garbage_is_not() -> None:
    assert not LibraryInspector().takes(PublicKey("ssh-ed25519", "ssh-ed25519 AAAA", "", "SHA256:x"))
