"""Logging in with a password, and with a second factor where there is one. docs/rules.md, "Accounts"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import Credentials, CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.passwords import PasswordHasher
from chalicelib.accounts.principal import Client, Principal
from chalicelib.accounts.second_factor import SecondFactor
from chalicelib.accounts.sessions import Begun, Sessions
from chalicelib.accounts.throttle import LOG_IN_BY_ACCOUNT, LOG_IN_BY_ADDRESS, PASSWORD_IN_SESSION, Throttle
from chalicelib.accounts.users import NOBODY, User, UserStore, normal_email
from chalicelib.errors import Forbidden, Unauthenticated
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class LogIn:
    """The use cases of logging in."""

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
        self.throttle.take(LOG_IN_BY_ADDRESS, client.address, now)
        self.throttle.take(LOG_IN_BY_ACCOUNT, address, now)
        user = self.users.user_of_email(address)
        known = self.credentials.credentials(user.user_id if user else NOBODY)
        if not self.hasher.verify(known.password_hash if known else None, password) or user is None or known is None:
            raise Unauthenticated("The e-mail address or the password is wrong.", code="wrong_credentials")
        begun = self.decisions.carry_out(lambda: self._let_in(user, password, code, client, now))
        self.throttle.forget(LOG_IN_BY_ACCOUNT, address)
        return begun

    def confirm(self, user_id: str, password: str, now: int) -> Credentials:
        """Ask somebody who has logged in for their password again. Raises Forbidden with wrong_password."""
        self.throttle.take(PASSWORD_IN_SESSION, user_id, now)
        known = self.credentials.credentials(user_id)
        if known is None or not self.hasher.verify(known.password_hash, password):
            raise Forbidden("The password is wrong.", code="wrong_password")
        self.throttle.forget(PASSWORD_IN_SESSION, user_id)
        return known

    def _let_in(self, user: User, password: str, code: str | None, client: Client, now: int) -> Decided[Begun]:
        before = self.credentials.credentials(user.user_id)
        if before is None or before.password_hash is None:
            raise Unauthenticated("The e-mail address or the password is wrong.", code="wrong_credentials")
        after, told = self.second_factor.passed(user, before, code, now)
        if self.hasher.is_outdated(before.password_hash):
            after = replace(after, password_hash=self.hasher.hash(password))
        begun = self.sessions.begin(Principal(user.user_id, user.account_id, user.email), client, now)
        return Decided(begun, [*begun.writes, *told, *self._changed(before, after)])

    def _changed(self, before: Credentials, after: Credentials) -> Sequence[Write]:
        return () if after == before else self.credentials.replacing(before, after)
