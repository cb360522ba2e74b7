"""Logging in where something else happens at the same time. docs/rules.md, "Accounts"."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import pytest

from chalicelib.accounts.credentials import Credentials
from chalicelib.accounts.decisions import Decisions
from chalicelib.accounts.lines import Beside
from chalicelib.accounts.links import Links, token_of
from chalicelib.accounts.log_in import LogIn
from chalicelib.accounts.password_change import PasswordChange
from chalicelib.accounts.password_reset import PasswordReset
from chalicelib.accounts.principal import NOWHERE, Principal
from chalicelib.accounts.reauthentication import Given, Reauthentication
from chalicelib.accounts.second_factor import Opened, SecondFactor, recovery_hash
from chalicelib.accounts.sessions import Sessions
from chalicelib.accounts.throttle import Throttle
from chalicelib.accounts.told import Told
from chalicelib.accounts.users import User, Users
from chalicelib.errors import LostRace, OutcomeUnknown, Unauthenticated
from chalicelib.ids import Ids
from chalicelib.signing import Signer
from chalicelib.writes import Write
from tests.people.memory_people import (
    MemoryCredentials,
    MemoryLinks,
    MemorySessions,
    MemoryTeller,
    MemoryThrottles,
    MemoryUsers,
    MemoryWrites,
)

NOON = 1_772_374_509
NEW = "another password"
ADA = User("user_1", "acct_1", "ada@example.com", "Ada", NOON, NOON)


def nothing() -> None:
    """What happens meanwhile, where a test does not say."""


class Plain:
    """A PasswordHasher that keeps passwords as they are, with the year of its parameters in front."""

    year = "2026"
    meanwhile: Callable[[], None] = staticmethod(nothing)

    def hash(self, password: str) -> str:
        return f"{self.year}:{password}"

    def verify(self, password_hash: str | None, password: str) -> bool:
        right = password_hash is not None and password_hash.partition(":")[2] == password
        self.meanwhile()
        return right

    def is_outdated(self, password_hash: str) -> bool:
        return not password_hash.startswith(self.year)


class Lax:
    """A PasswordJudge that takes everything."""

    def weakness(self, password: str, known: Sequence[str]) -> str | None:
        return None


class Codes:
    """OneTimeCodes and a Sealer in the clear: the code of a step is its last six digits."""

    def code(self, secret: str, step: int) -> str:
        return f"{step % 10**6:06}"

    def uri(self, secret: str, email: str) -> str:
        return ""

    def seal(self, text: str, owner: str) -> str:
        return f"new:{text}"

    def open(self, sealed: str, owner: str) -> Opened | None:
        return Opened(sealed.partition(":")[2], by_newest=sealed.startswith("new:")) if sealed else None


@dataclass
class House:
    """Log-in and reset on stores in memory. `meanwhile` runs once between a decision and its commit."""

    kept: MemoryWrites = field(default_factory=MemoryWrites)
    meanwhile: Callable[[], None] = nothing
    hasher: Plain = field(default_factory=Plain)

    def __post_init__(self) -> None:
        kept, ids, codes = self.kept, Ids(Random(7).randbytes), Codes()
        self.users, self.credentials = MemoryUsers(kept), MemoryCredentials(kept)
        self.sessions = Sessions(MemorySessions(kept), ids)
        self.teller = MemoryTeller(kept)
        self.links = Links(MemoryLinks(kept), Signer(lambda: (b"secret",)), ids)
        throttle, decisions = Throttle(MemoryThrottles(kept)), Decisions(self.commit, ids, lambda millis: None)
        self.log_in = LogIn(
            self.users, self.credentials, self.sessions, SecondFactor(codes, codes, self.teller), throttle, self.hasher,
            decisions,
        )  # fmt: skip
        self.reset = PasswordReset(
            self.users, self.credentials, self.sessions, self.links, self, self.teller, throttle, self.hasher, Lax(),
            decisions,
        )  # fmt: skip
        second_factor = SecondFactor(codes, codes, self.teller)
        self.change = PasswordChange(
            Users(self.users), self.credentials, self.sessions,
            Reauthentication(self.credentials, self.sessions, second_factor, throttle, self.hasher), self.teller,
            self.hasher, Lax(), decisions,
        )  # fmt: skip
        kept.commit(self.users.opening(ADA))
        self.keep(Credentials(ADA.user_id, password_hash="2026:old"))

    def keep(self, credentials: Credentials) -> None:
        before = self.credentials.credentials(credentials.user_id)
        self.kept.commit(self.credentials.replacing(before, credentials))

    def commit(self, writes: Sequence[Write]) -> None:
        meanwhile, self.meanwhile = self.meanwhile, nothing
        meanwhile()
        self.kept.commit(writes)

    def lose_an_answer(self) -> None:
        """The next commit takes effect, and nobody hears of it."""
        real = self.kept.commit

        def once(writes: Sequence[Write]) -> None:
            self.kept.commit = real  # type: ignore[method-assign]
            real(writes)
            raise OutcomeUnknown("no answer")

        self.kept.commit = once  # type: ignore[method-assign]

    # The account's line, which every account of these tests has.

    def opening(self, account_id: str, owner_id: str, now: int, *, verified: bool) -> Write:
        raise NotImplementedError

    def verify(self, account_id: str, beside: Beside) -> None:
        for _ in range(3):
            try:
                return self.commit(beside())
            except LostRace:
                continue
        raise AssertionError("the race is never won")

    # What people do.

    def enter(self, password: str = "old", code: str | None = None, now: int = NOON) -> None:
        self.log_in.log_in(ADA.email, password, code, NOWHERE, now)

    def forgotten(self) -> str:
        """The token of a link for a new password."""
        self.reset.ask(ADA.email, NOWHERE, NOON)
        return token_of(str(self.known.reset_link_id), self.links.signer)

    @property
    def known(self) -> Credentials:
        found = self.credentials.credentials(ADA.user_id)
        assert found is not None
        return found

    @property
    def open_sessions(self) -> int:
        return len(self.sessions.of_user(ADA.user_id, NOON))


@pytest.fixture
def house() -> House:
    return House()


def refused(house: House, **given: str) -> str:
    with pytest.raises(Unauthenticated) as refusal:
        house.enter(**given)  # type: ignore[arg-type]
    return refusal.value.code


def test_a_log_in_that_meets_a_reset_does_not_stay(house: House) -> None:
    """The reset has read which sessions there are when the log-in begins another."""
    token = house.forgotten()
    house.meanwhile = house.enter
    house.reset.reset(token, NEW, NOON)
    assert house.open_sessions == 0
    assert house.known.password_hash == f"2026:{NEW}"


def test_a_password_that_is_replaced_while_it_is_looked_at_lets_nobody_in(house: House) -> None:
    token = house.forgotten()

    def replaced() -> None:
        house.hasher.meanwhile = nothing
        house.reset.reset(token, NEW, NOON)

    house.hasher.meanwhile = replaced
    assert refused(house) == "wrong_credentials"
    assert house.open_sessions == 0


def test_a_hash_of_other_parameters_is_made_anew_at_log_in(house: House) -> None:
    house.keep(replace(house.known, password_hash="2019:old"))
    assert refused(house, password="wrong") == "wrong_credentials"
    assert house.known.password_hash == "2019:old"
    house.enter()
    assert house.known.password_hash == "2026:old"


def test_a_log_in_whose_answer_was_lost_is_made_once(house: House) -> None:
    """Also with a code, which the second try would find used."""
    house.keep(replace(house.known, totp_sealed="new:secret", totp_since=NOON))
    house.meanwhile = house.lose_an_answer
    house.enter(code=Codes().code("secret", NOON // 30))
    assert house.open_sessions == 1


def test_a_change_of_password_whose_answer_was_lost_goes_on_in_one_session(house: House) -> None:
    house.enter()
    house.enter()
    house.meanwhile = house.lose_an_answer
    begun = house.change.change(Principal(ADA.user_id, ADA.account_id, ADA.email), Given("old"), NEW, NOWHERE, NOON)
    assert house.sessions.authenticate(begun.secret, NOON).user_id == ADA.user_id
    assert house.open_sessions == 1
    assert house.teller.told() == [Told.PASSWORD_CHANGED]


def test_a_change_of_password_that_meets_a_log_in_ends_that_one_too(house: House) -> None:
    house.meanwhile = house.enter
    house.change.change(Principal(ADA.user_id, ADA.account_id, ADA.email), Given("old"), NEW, NOWHERE, NOON)
    assert house.open_sessions == 1


def test_a_second_factor_that_an_older_key_seals_is_sealed_anew_at_log_in(house: House) -> None:
    house.keep(replace(house.known, totp_sealed="old:secret", totp_since=NOON))
    house.enter(code=Codes().code("secret", NOON // 30))
    assert house.known.totp_sealed == "new:secret"


def test_a_used_recovery_code_is_told_with_the_log_in(house: House) -> None:
    """In one transaction: one that is not committed has neither let in nor told anything."""
    house.keep(replace(house.known, totp_sealed="new:secret", totp_since=NOON, recovery_hashes=("00",)))
    assert refused(house, code="x7k2-9qpm-4tcd-zzv8") == "wrong_code"
    assert house.teller.told() == []
    house.keep(replace(house.known, recovery_hashes=(recovery_hash("x7k2-9qpm-4tcd-zzv8"),)))
    house.enter(code="X7K2 9QPM 4TCD ZZV8")
    assert house.teller.told() == [Told.RECOVERY_CODE_USED]
    assert house.known.recovery_hashes == ()
