"""Which passwords are taken, and what is kept of them. docs/rules.md, "Accounts"."""

import pytest
from argon2 import PasswordHasher as Argon2
from argon2 import extract_parameters

from chalicelib.accounts.passwords import check_password, known_of
from chalicelib.adapters import passwords
from chalicelib.adapters.passwords import Argon2Hasher, ZxcvbnJudge
from chalicelib.errors import Invalid

KNOWN = known_of("ada.lovelace@example.com", "Ada Lovelace")


def is_taken(password: str) -> bool:
    try:
        check_password(password, ZxcvbnJudge(), KNOWN)
    except Invalid as refusal:
        assert (refusal.code, refusal.field) == ("weak_password", "password")
        assert refusal.message.endswith(".")
        return False
    return True


@pytest.mark.parametrize(
    "password",
    [
        "seventeen purple walruses",
        "correct horse battery staple",
        "g7#kQ2!vX9pL",
        "пароль из четырёх слов",
        "五個非常隨機的中文字詞組合在這",
        "    leading and trailing    ",
        "🦊🦊 jumped over 7 hedges",
        "x9" + "qv7 " * 30,
        "a" * 3 + "Zq8!rT5 mWn2 pLx9" * 7,
    ],
)
def test_what_nobody_would_guess_is_taken(password: str) -> None:
    assert is_taken(password)


@pytest.mark.parametrize(
    "password",
    [
        "",
        "short",
        "elevenchars",
        "a" * 129,
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "123456789012",
        "qwertyuiop12",
        "password1234",
        "Password123!",
        "iloveyou1234",
        "letmein12345",
        "ada.lovelace@example.com",
        "AdaLovelace1",
        "ada.lovelace",
        "lovelace example",
        "thestage1234",
    ],
)
def test_what_is_short_long_often_used_or_known_of_its_owner_is_refused(password: str) -> None:
    assert not is_taken(password)


def test_what_is_judged_of_a_password_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """zxcvbn tries every reading of signs that stand for letters: for seventy of them it takes five seconds."""
    judged: list[str] = []

    def watched(password: str, **given: object) -> dict[str, int]:
        judged.append(password)
        return {"score": 4}

    monkeypatch.setattr(passwords, "zxcvbn", watched)
    assert is_taken("4@8({[<3697+1!|0$5%2" * 6)
    assert list(map(len, judged)) == [32]


def test_a_password_is_as_good_as_its_beginning() -> None:
    assert not is_taken("password" * 4 + "g7#kQ2!vX9pL")


def test_a_refusal_does_not_repeat_the_password() -> None:
    with pytest.raises(Invalid) as refusal:
        check_password("qwertyuiop12", ZxcvbnJudge(), KNOWN)
    assert "qwertyuiop12" not in refusal.value.message


def test_passwords_are_kept_as_argon2id_with_the_parameters_that_are_written_down() -> None:
    kept = Argon2Hasher().hash("seventeen purple walruses")
    assert kept.startswith("$argon2id$")
    parameters = extract_parameters(kept)
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (19_456, 2, 1)
    assert kept != Argon2Hasher().hash("seventeen purple walruses"), "each has a salt of its own"


def test_a_password_is_taken_exactly_as_it_is() -> None:
    hasher = Argon2Hasher()
    kept = hasher.hash(" Seventeen purple walruses ")
    assert hasher.verify(kept, " Seventeen purple walruses ")
    for other in ("Seventeen purple walruses", " seventeen purple walruses ", ""):
        assert not hasher.verify(kept, other)


def test_nobodys_password_is_none_at_all() -> None:
    assert not Argon2Hasher().verify(None, "")
    assert not Argon2Hasher().verify("no hash", "seventeen purple walruses")


def test_a_hash_with_other_parameters_is_outdated() -> None:
    hasher = Argon2Hasher()
    assert not hasher.is_outdated(hasher.hash("seventeen purple walruses"))
    assert hasher.is_outdated(Argon2(time_cost=1, memory_cost=8_192, parallelism=1).hash("seventeen purple walruses"))
