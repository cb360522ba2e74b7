"""Logging in with a password, and with a second factor where there is one. docs/rules.md, "Accounts"."""

from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import Credentials, CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.passwords import PasswordHasher
from chalicelib.accounts.principal import Client, Principal
from chalicelib.accounts.second_factor import SecondFactor
from chalicelib.accounts.sessions import Begun, Sessions
from chalicelib.accounts.throttle import CODE_BY_USER, LOG_IN_BY_ACCOUNT, LOG_IN_BY_ADDRESS, Throttle
from chalicelib.accounts.users import NOBODY, User, UserStore, normal_email
from chalicelib.errors import Unauthenticated


@dataclass(frozen=True, slots=True)
class LogIn:
    """The use case of logging in."""

    users: UserStore
    credentials: CredentialStore
    sessions: Sessions
    second_factor: SecondFactor
    throttle: Throttle
    hasher: PasswordHasher
    decisions: Decisions

    def log_in(self, email: str, password: str, code: str | None, client: Client, now: int) -> Begun:
        """A session for whoever knows the password. Slower after failures, by account and by where they come from.

        Raises Unauthenticated with the codes wrong_credentials, second_factor_needed and wrong_code; TooManyRequests.
        """
        address = normal_email(email)
        self.throttle.take(LOG_IN_BY_ADDRESS, client.network, now)
        self.throttle.take(LOG_IN_BY_ACCOUNT, address, now)
        user = self.users.user_of_email(address)
        known = self.credentials.credentials(user.user_id if user else NOBODY)
        if not self.hasher.verify(known.password_hash if known else None, password) or user is None or known is None:
            raise _wrong_credentials()
        self._count_code(known, code, now)
        newer_hash = self._newer_hash(known, password)
        earlier: list[Begun] = []

        def let_in() -> Decided[Begun]:
            done = next(filter(self.sessions.has_begun, earlier), None)
            if done is not None:
                return Decided(done)
            decided = self._let_in(user, known, newer_hash, code, client, now)
            earlier.append(decided.result)
            return decided

        begun = self.decisions.carry_out(let_in)
        self._forget_tries(address, user.user_id, code)
        return begun

    def _count_code(self, known: Credentials, code: str | None, now: int) -> None:
        if not known.has_second_factor:
            return
        if code is None:
            raise Unauthenticated("Send the code of your second factor, too.", code="second_factor_needed")
        self.throttle.take(CODE_BY_USER, known.user_id, now)

    def _newer_hash(self, known: Credentials, password: str) -> str | None:
        """Hashed anew where it was with other parameters: only now is there a password to do so."""
        before = known.password_hash
        return self.hasher.hash(password) if before and self.hasher.is_outdated(before) else before

    def _let_in(
        self, user: User, known: Credentials, newer_hash: str | None, code: str | None, client: Client, now: int
    ) -> Decided[Begun]:
        before = self.credentials.credentials(user.user_id)
        if before is None or before.password_hash != known.password_hash:
            raise _wrong_credentials()
        passed = self.second_factor.passed(user.account_id, before, code, now)
        if passed is None:
            raise Unauthenticated("The code is wrong, or was used before.", code="wrong_code")
        after, told = passed
        begun = self.sessions.begin(Principal(user.user_id, user.account_id, user.email), client, now)
        changed = self.credentials.replacing(before, replace(after, password_hash=newer_hash))
        return Decided(begun, [*begun.writes, *changed, *told])

    def _forget_tries(self, address: str, user_id: str, code: str | None) -> None:
        self.throttle.forget(LOG_IN_BY_ACCOUNT, address)
        if code is not None:
            self.throttle.forget(CODE_BY_USER, user_id)


def _wrong_credentials() -> Unauthenticated:
    return Unauthenticated("The e-mail address or the password is wrong.", code="wrong_credentials")
