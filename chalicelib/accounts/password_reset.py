"""A new password by e-mail, for somebody who has forgotten theirs or never had one. docs/rules.md, "Accounts".

Whoever asks learns nothing of an address: the answer is the same, and so are the calls, whoever owns it.
"""

from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import Credentials, CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.lines import Lines
from chalicelib.accounts.links import Link, Links, Purpose, spent
from chalicelib.accounts.passwords import PasswordHasher, PasswordJudge, check_password, known_of
from chalicelib.accounts.principal import Client
from chalicelib.accounts.sessions import Sessions
from chalicelib.accounts.throttle import (
    LOG_IN_BY_ACCOUNT,
    MAIL_BY_ADDRESS,
    PASSWORD_IN_SESSION,
    RESET_BY_ACCOUNT,
    Throttle,
)
from chalicelib.accounts.told import Teller, Told
from chalicelib.accounts.users import NOBODY, User, UserStore, normal_email
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """The use cases of a forgotten password."""

    users: UserStore
    credentials: CredentialStore
    sessions: Sessions
    links: Links
    lines: Lines
    teller: Teller
    throttle: Throttle
    hasher: PasswordHasher
    judge: PasswordJudge
    decisions: Decisions

    def ask(self, email: str, client: Client, now: int) -> None:
        """Send a link to the owner of an address, if there is one. Raises Invalid for no address, TooManyRequests."""
        address = normal_email(email)
        self.throttle.take(MAIL_BY_ADDRESS, client.network, now)
        self.throttle.take(RESET_BY_ACCOUNT, address, now)
        self.decisions.carry_out(lambda: Decided(None, self._asked(address, now)))

    def reset(self, token: str, password: str, now: int) -> User:
        """Use the link: the password is set, the mailbox proven, everybody logged out. A second factor stays.

        Whoever came before the mailbox was proven may be somebody else: then their Google identity does not stay.
        Raises Invalid with link_spent and weak_password, and Unavailable.
        """
        link = self.links.find(token, Purpose.RESET_PASSWORD, now)
        user = self._owner(link)
        self._newest(link)
        check_password(password, self.judge, known_of(user.email, user.name))
        password_hash = self.hasher.hash(password)
        self.lines.verify(user.account_id, lambda: self._reset(link, password_hash, now))
        self.throttle.forget(LOG_IN_BY_ACCOUNT, user.email)
        self.throttle.forget(PASSWORD_IN_SESSION, user.user_id)
        return user

    def _asked(self, address: str, now: int) -> list[Write]:
        user = self.users.user_of_email(address)
        before = self.credentials.credentials(user.user_id if user else NOBODY)
        if user is None:
            return self.links.decoys(5, now)
        link = self.links.new(Purpose.RESET_PASSWORD, user.user_id, user.email, now)
        facts: dict[str, str | int] = {"link_id": link.link_id, "expires_at": link.expires_at}
        after = replace(before or Credentials(user.user_id), reset_link_id=link.link_id)
        return [
            *self.links.store.sending(link),
            *self.credentials.replacing(before, after),
            self.teller.telling(user.account_id, Told.RESET_PASSWORD, now, facts, to=user.email),
        ]

    def _owner(self, link: Link) -> User:
        user = self.users.user(link.user_id)
        if user is None or user.email != link.email:
            raise spent()
        return user

    def _newest(self, link: Link) -> Credentials:
        known = self.credentials.credentials(link.user_id)
        if known is None or known.reset_link_id != link.link_id:
            raise spent()
        return known

    def _reset(self, link: Link, password_hash: str, now: int) -> list[Write]:
        user = self._owner(link)
        known = self.credentials.credentials(user.user_id)
        if known is not None and known.password_hash == password_hash:
            return []
        before = self._newest(link)
        kept = before if user.email_verified else Credentials(user.user_id)
        after = replace(kept, password_hash=password_hash, reset_link_id=None, email_link_id=None)
        verified = [] if user.email_verified else self.users.replacing(user, replace(user, email_verified_at=now))
        return [
            *verified,
            *self.links.store.using(link, now),
            *self.credentials.replacing(before, after),
            *self.sessions.ending_all(user.user_id),
            self.teller.telling(user.account_id, Told.PASSWORD_CHANGED, now, {"changed_at": now}, to=user.email),
        ]
