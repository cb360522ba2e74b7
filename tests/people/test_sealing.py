"""Second factors' secrets at rest, and the codes of a phone. docs/rules.md, "Accounts"."""

from collections.abc import Callable
from random import Random

import pytest

from chalicelib.accounts.second_factor import Opened
from chalicelib.adapters.one_time_codes import AesGcmSealer, PyotpCodes
from chalicelib.ids import Ids
from chalicelib.signing import Signer

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238's own: 12345678901234567890."""


def sealer(*secrets: bytes) -> AesGcmSealer:
    return AesGcmSealer(Signer(lambda: secrets), Ids(Random(7).randbytes))


def test_what_is_sealed_is_opened_for_its_owner_alone() -> None:
    sealed = sealer(b"now").seal(SECRET, "user_1")
    assert SECRET not in sealed
    assert sealer(b"now").open(sealed, "user_1") == Opened(SECRET, by_newest=True)
    assert sealer(b"now").open(sealed, "user_2") is None


def test_the_same_secret_never_looks_the_same() -> None:
    one = sealer(b"now")
    assert one.seal(SECRET, "user_1") != one.seal(SECRET, "user_1")


def test_after_a_rotation_both_keys_open_and_the_newest_seals() -> None:
    sealed = sealer(b"before").seal(SECRET, "user_1")
    rotated = sealer(b"now", b"before")
    assert rotated.open(sealed, "user_1") == Opened(SECRET, by_newest=False)
    assert sealer(b"now").open(rotated.seal(SECRET, "user_1"), "user_1") == Opened(SECRET, by_newest=True)
    assert sealer(b"after", b"now").open(sealed, "user_1") is None


@pytest.mark.parametrize("change", [lambda sealed: sealed[:-8] + "AAAAAAA=", lambda sealed: sealed[2:], lambda _: ""])
def test_what_was_changed_is_not_opened(change: Callable[[str], str]) -> None:
    sealed = sealer(b"now").seal(SECRET, "user_1")
    assert sealer(b"now").open(change(sealed), "user_1") is None


@pytest.mark.parametrize(
    ("moment", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")],
)
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    """RFC 6238, appendix B, in six digits."""
    assert PyotpCodes().code(SECRET, moment // 30) == code
