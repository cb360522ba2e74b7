"""Daemon tokens: ours pass, in every secret that counts, and nothing else does. docs/rules.md, "Daemons"."""

import base64
import json
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters.daemon_tokens import JwtSeal
from chalicelib.instances.daemon_token import ISSUER, SIGNED_FOR, DaemonToken, Opened
from chalicelib.signing import Signer

OLD, NEW = b"the secret of last year", b"the secret of today"
FAR = 1 << 40
"""When the local stack's clock may be: that a token is from the future is not held against it."""
TOKEN = DaemonToken("self_1", "acct_1", "dtok_1", FAR)
SEAL = JwtSeal(Signer(lambda: (NEW,)))
ROTATED = JwtSeal(Signer(lambda: (NEW, OLD)))
KEY = Signer(lambda: (NEW,)).keys(SIGNED_FOR)[0]
CLAIMS = {"iss": ISSUER, "sub": "self_1", "acct": "acct_1", "jti": "dtok_1", "iat": FAR}


def test_a_token_comes_back_and_is_the_same_every_time() -> None:
    assert SEAL.opened(SEAL.sealed(TOKEN)) == Opened(TOKEN, signed_by_newest=True)
    assert SEAL.sealed(TOKEN) == SEAL.sealed(TOKEN)
    assert jwt.get_unverified_header(SEAL.sealed(TOKEN))["alg"] == "HS256"


def test_after_a_rotation_both_secrets_count_and_the_newest_signs() -> None:
    old = JwtSeal(Signer(lambda: (OLD,)))
    assert ROTATED.opened(old.sealed(TOKEN)) == Opened(TOKEN, signed_by_newest=False)
    assert ROTATED.sealed(TOKEN) == SEAL.sealed(TOKEN)
    assert SEAL.opened(old.sealed(TOKEN)) is None


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_none_of_ours(algorithm: str) -> None:
    assert SEAL.opened(jwt.encode(CLAIMS, KEY, algorithm=algorithm)) is None


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "None", "typ": "JWT"}, {"alg": "RS256"}, {}])
def test_a_token_without_a_signature_is_none_of_ours(header: dict[str, str]) -> None:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, CLAIMS)]
    for signature in ("", SEAL.sealed(TOKEN).rpartition(".")[2]):
        assert SEAL.opened(".".join([*parts, signature])) is None


@pytest.mark.parametrize(
    "changed",
    [{"iss": "somebody"}, {"iss": None}, {"sub": None}, {"acct": None}, {"jti": None}, {"iat": None}, {"acct": 5},
     {"iat": "soon"}, {"exp": 1}],
    ids=repr,
)  # fmt: skip
def test_claims_of_another_form_are_none_of_ours(changed: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    assert SEAL.opened(jwt.encode(claims, KEY, algorithm="HS256")) is None


def test_what_was_signed_for_something_else_is_none_of_ours() -> None:
    links = Signer(lambda: (NEW,)).keys("link")[0]
    assert SEAL.opened(jwt.encode(CLAIMS, links, algorithm="HS256")) is None
    assert SEAL.opened(jwt.encode(CLAIMS, NEW + b" " * 20, algorithm="HS256")) is None


@given(st.text(max_size=60))
def test_garbage_is_none_of_ours(text: str) -> None:
    assert SEAL.opened(text) is None
    assert SEAL.opened(SEAL.sealed(TOKEN) + text) is None or text == ""
    assert SEAL.opened("a" * 2000) is None
