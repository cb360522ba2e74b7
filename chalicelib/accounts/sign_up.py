"""Signing up, and proving the mailbox. docs/rules.md, "Accounts".

Whoever asks learns nothing of an address: the answer is the same and so is the work, whoever owns it. What differs is
what the mailbox gets. Each sign-up's link carries the password of that sign-up: whoever proves the mailbox gets the
password that they chose, and not that of somebody who was there before them.
"""

from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import Credentials, CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.lines import Lines
from chalicelib.accounts.links import Link, Links, Purpose, spent
from chalicelib.accounts.names import plain_name
from chalicelib.accounts.passwords import PasswordHasher, PasswordJudge, check_password, known_of
from chalicelib.accounts.principal import Client
from chalicelib.accounts.sessions import Sessions
from chalicelib.accounts.throttle import MAIL_BY_ACCOUNT, MAIL_BY_ADDRESS, Throttle
from chalicelib.accounts.told import Teller, Told
from chalicelib.accounts.users import User, UserStore, normal_email
from chalicelib.ids import Ids
from chalicelib.writes import Write

_OPENING_WRITES = 5
"""What opening an account writes beside the link: for an address that has one, as much is written for nobody."""


@dataclass(frozen=True, slots=True)
class Application:
    """What somebody signs up with."""

    email: str
    password_hash: str
    name: str


@dataclass(frozen=True, slots=True)
class SignUp:
    """The use cases of signing up."""

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
    ids: Ids

    def ask(self, email: str, password: str, name: str | None, client: Client, now: int) -> None:
        """Open an account, or write to the owner of the address; which of the two, the answer does not tell.

        Raises Invalid for what is wrong whoever owns the address, and TooManyRequests.
        """
        address = normal_email(email)
        shown = address.partition("@")[0] if name is None else plain_name(name, "A name", field="name")
        self.throttle.take(MAIL_BY_ADDRESS, client.network, now)
        check_password(password, self.judge, known_of(address, shown))
        self.throttle.take(MAIL_BY_ACCOUNT, address, now)
        application = Application(address, self.hasher.hash(password), shown)
        self.decisions.carry_out(lambda: Decided(None, self._asked(application, now)))

    def ask_again(self, user_id: str, now: int) -> None:
        """Send another link to somebody whose address is not verified. Raises TooManyRequests."""
        user = self.users.user(user_id)
        if user is None or user.email_verified:
            return
        self.throttle.take(MAIL_BY_ACCOUNT, user.email, now)
        self.decisions.carry_out(lambda: Decided(None, self._link_to(user, None, now)))

    def verify(self, token: str, now: int) -> User:
        """Use the link: the mailbox is proven. Using it again changes nothing. Raises Invalid for a spent link."""
        link = self.links.find(token, Purpose.VERIFY_EMAIL, now)
        user = self._owner(link)
        self.lines.verify(user.account_id, lambda: self._verified(link, now))
        return replace(user, email_verified_at=user.email_verified_at or now)

    def _asked(self, application: Application, now: int) -> list[Write]:
        user = self.users.user_of_email(application.email)
        if user is None:
            return self._opened(application, now)
        if user.email_verified:
            unsent = self.links.new(Purpose.VERIFY_EMAIL, user.user_id, application.email, now)
            told = self.teller.telling(user.account_id, Told.ALREADY_REGISTERED, now, {"asked_at": now})
            return [*self.links.store.sending(unsent), told, *self.links.decoys(_OPENING_WRITES, now)]
        return [*self._link_to(user, application.password_hash, now), *self.links.decoys(_OPENING_WRITES, now)]

    def _opened(self, application: Application, now: int) -> list[Write]:
        user = User(
            user_id=self.ids.new("user", now),
            account_id=self.ids.new("acct", now),
            email=application.email,
            name=application.name,
            created_at=now,
        )
        credentials = Credentials(user.user_id, password_hash=application.password_hash)
        return [
            *self.users.opening(user),
            *self.credentials.replacing(None, credentials),
            self.lines.opening(user.account_id, user.user_id, now, verified=False),
            *self._link_to(user, application.password_hash, now),
        ]

    def _link_to(self, user: User, password_hash: str | None, now: int) -> list[Write]:
        link = self.links.new(Purpose.VERIFY_EMAIL, user.user_id, user.email, now, password_hash)
        facts: dict[str, str | int] = {"link_id": link.link_id, "expires_at": link.expires_at}
        told = self.teller.telling(user.account_id, Told.VERIFY_EMAIL, now, facts, to=user.email)
        return [*self.links.store.sending(link), told]

    def _owner(self, link: Link) -> User:
        user = self.users.user(link.user_id)
        if user is None or user.email != link.email:
            raise spent()
        return user

    def _verified(self, link: Link, now: int) -> list[Write]:
        user = self._owner(link)
        if user.email_verified:
            return []
        if link.used_at is not None:
            raise spent()
        verified = replace(user, email_verified_at=now)
        return [
            *self.users.replacing(user, verified),
            *self.links.store.using(link, now),
            *self._password_of(link),
        ]

    def _password_of(self, link: Link) -> list[Write]:
        """The password of this sign-up and nothing else, where it is not that of the account: nobody else gets in.

        What others could get in by before the mailbox was proven, a Google identity too, is theirs and not its owner's.
        """
        before = self.credentials.credentials(link.user_id)
        if link.password_hash is None or (before and before.password_hash == link.password_hash):
            return []
        after = Credentials(link.user_id, password_hash=link.password_hash)
        return [*self.credentials.replacing(before, after), *self.sessions.ending_all(link.user_id)]
