"""Asking somebody who has logged in to prove themselves again, before what changes how one gets in.

docs/rules.md, "Accounts". The password, and a code too where a second factor is on. Who has no password has logged in
within the last ten minutes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.accounts.credentials import Credentials, CredentialStore
from chalicelib.accounts.passwords import PasswordHasher
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.proof import Given, Proof
from chalicelib.accounts.second_factor import SecondFactor
from chalicelib.accounts.sessions import Sessions
from chalicelib.accounts.throttle import CODE_BY_USER, PASSWORD_IN_SESSION, Throttle
from chalicelib.errors import Forbidden
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class Proven:
    """What a decision goes on with: it commits `after`, changed as it likes, in the place of `before`."""

    before: Credentials | None
    after: Credentials
    told: Sequence[Write]


@dataclass(frozen=True, slots=True)
class Reauthentication:
    """Asks for proof again. `ask` first, then `take` within the decision, then `succeeded`."""

    credentials: CredentialStore
    sessions: Sessions
    second_factor: SecondFactor
    throttle: Throttle
    hasher: PasswordHasher

    def ask(self, who: Principal, given: Given, now: int) -> Proof:
        """Check the password, and count a try of the code.

        Raises Forbidden with wrong_password, log_in_again and second_factor_needed, and TooManyRequests.
        """
        self.throttle.take(PASSWORD_IN_SESSION, who.user_id, now)
        known = self.credentials.credentials(who.user_id) or Credentials(who.user_id)
        if given.password is None and known.password_hash is None:
            self._logged_in_recently(who, now)
        elif not self.hasher.verify(known.password_hash, given.password or ""):
            raise _wrong_password()
        self.throttle.forget(PASSWORD_IN_SESSION, who.user_id)
        if known.has_second_factor:
            self._count_code(who, given.code, now)
        return Proof(who, known.password_hash, given.code)

    def take(self, proof: Proof, now: int) -> Proven:
        """The credentials as they are now, with the code taken. Raises Forbidden with wrong_password, wrong_code."""
        before = self.credentials.credentials(proof.who.user_id)
        known = before or Credentials(proof.who.user_id)
        if known.password_hash != proof.password_hash:
            raise _wrong_password()
        passed = self.second_factor.passed(proof.who.account_id, known, proof.code, now)
        if passed is None:
            raise Forbidden("The code is wrong, or was used before.", code="wrong_code")
        after, told = passed
        return Proven(before, after, told)

    def succeeded(self, proof: Proof) -> None:
        """The code was taken and was right: tries are forgotten. Not to be said where nothing was to be done."""
        if proof.code is not None:
            self.throttle.forget(CODE_BY_USER, proof.who.user_id)

    def _logged_in_recently(self, who: Principal, now: int) -> None:
        if not self.sessions.is_recent(who, now):
            message = "You have no password to ask for. Log in again, and then do this within ten minutes."
            raise Forbidden(message, code="log_in_again")

    def _count_code(self, who: Principal, code: str | None, now: int) -> None:
        if code is None:
            raise Forbidden("Send the code of your second factor, too.", code="second_factor_needed")
        self.throttle.take(CODE_BY_USER, who.user_id, now)


def _wrong_password() -> Forbidden:
    return Forbidden("The password is wrong.", code="wrong_password")
