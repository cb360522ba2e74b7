"""Signing in with Google. docs/rules.md, "Accounts".

A person is known by issuer and subject, never by the address, which can change hands. The address counts once, when a
subject is seen first: an account that nobody has proven belongs to whoever proves the mailbox, and an account that
somebody has proven is never joined to a Google identity without its password.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from chalicelib.accounts.credentials import Credentials, CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.google_answer import Answer
from chalicelib.accounts.identity_provider import Claims, IdentityProvider, Round, begin_round, same_round
from chalicelib.accounts.lines import Lines
from chalicelib.accounts.names import plain_name
from chalicelib.accounts.principal import Client, Principal
from chalicelib.accounts.proof import Given, Proof
from chalicelib.accounts.reauthentication import Reauthentication
from chalicelib.accounts.sessions import Begun, Sessions
from chalicelib.accounts.throttle import LOG_IN_BY_ADDRESS, Throttle
from chalicelib.accounts.told import Teller, Told
from chalicelib.accounts.users import User, UserStore, normal_email
from chalicelib.accounts.verified import not_verified
from chalicelib.errors import Conflict, Forbidden, Invalid
from chalicelib.ids import Ids
from chalicelib.signing import Signer
from chalicelib.writes import Write


class GoogleCredentialStore(CredentialStore, Protocol):
    """Credentials, found by Google identity too."""

    def user_of_google(self, subject: str) -> str | None:
        """The id of the user whom a Google identity lets in, in one read."""


@dataclass(frozen=True, slots=True)
class Google:
    """The use cases of signing in with Google."""

    provider: IdentityProvider
    users: UserStore
    credentials: GoogleCredentialStore
    sessions: Sessions
    lines: Lines
    reauthentication: Reauthentication
    throttle: Throttle
    teller: Teller
    decisions: Decisions
    signer: Signer
    ids: Ids

    def begin(self, now: int) -> Round:
        """Where to send the browser, and what it keeps in a cookie. Raises NotFound where it is not offered."""
        return begin_round(self.provider, self.signer, self.ids.secret("sign"), now)

    def sign_in(self, answer: Answer, client: Client, now: int) -> Begun:
        """A session for whoever Google says it is; the first time also an account.

        Raises Invalid with the codes sign_in_spent and google_refused, Conflict with link_needed, TooManyRequests,
        Unavailable.
        """
        self.throttle.take(LOG_IN_BY_ADDRESS, client.network, now)
        claims = self._claims(answer, now)
        user_id = self.credentials.user_of_google(claims.key)
        if user_id is not None:
            return self._let_in(self._found(user_id), claims.key, client, now)
        known = self.users.user_of_email(normal_email(claims.email))
        if known is None:
            return self.decisions.carry_out(lambda: self._opened(claims, client, now))
        if known.email_verified or not claims.owns_mailbox:
            message = (
                "There is an account with this e-mail address. Log in with its password, then link Google to it."
            )
            raise Conflict(message, code="link_needed")
        self.lines.verify(known.account_id, lambda: self._taken_over(claims, now))
        return self._let_in(replace(known, email_verified_at=now), claims.key, client, now)

    def link(self, who: Principal, given: Given, answer: Answer, now: int) -> None:
        """Let a Google identity in to this account, too.

        Raises Forbidden with email_not_verified, Conflict where the identity or the account has another, Invalid,
        Unavailable, and what Reauthentication raises.
        """
        if not self._found(who.user_id).email_verified:
            raise not_verified()
        proof = self.reauthentication.ask(who, given, now)
        claims = self._claims(answer, now)
        if self.decisions.carry_out(lambda: self._linked(proof, claims, now)):
            self.reauthentication.succeeded(proof)

    def unlink(self, who: Principal, given: Given, now: int) -> None:
        """Let it in no more.

        Raises Conflict where there is no password, as nobody could log in, and what Reauthentication raises.
        """
        proof = self.reauthentication.ask(who, given, now)
        if self.decisions.carry_out(lambda: self._unlinked(proof, now)):
            self.reauthentication.succeeded(proof)

    def _claims(self, answer: Answer, now: int) -> Claims:
        known = same_round(self.signer, answer.cookie, answer.state, now)
        claims = self.provider.claims(answer.code, known.verifier)
        if claims.nonce != known.nonce:
            raise Invalid("Google's answer belongs to another sign-in. Begin again.", code="google_refused")
        return claims

    def _found(self, user_id: str) -> User:
        user = self.users.user(user_id)
        if user is None:
            raise Forbidden("This account is closed.", code="account_closed")
        return user

    def _let_in(self, user: User, key: str, client: Client, now: int) -> Begun:
        def begun() -> Decided[Begun]:
            known = self._found(user.user_id)
            who = Principal(known.user_id, known.account_id, known.email)
            before = self.credentials.credentials(user.user_id)
            if before is None or before.google_subject != key:
                raise Conflict("This Google account was unlinked just now.", code="link_needed")
            session = self.sessions.begin(who, client, now)
            return Decided(session, [*session.writes, *self.credentials.replacing(before, before)])

        return self.decisions.carry_out(begun)

    def _opened(self, claims: Claims, client: Client, now: int) -> Decided[Begun]:
        """An account of its own. The address is proven where Google is the mailbox's own provider."""
        email = normal_email(claims.email)
        if self.users.user_of_email(email) is not None or self.credentials.user_of_google(claims.key) is not None:
            raise Conflict("Somebody has just signed up with this. Try again.", code="link_needed")
        user = User(
            user_id=self.ids.new("user", now),
            account_id=self.ids.new("acct", now),
            email=email,
            name=_name(claims),
            created_at=now,
            email_verified_at=now if claims.owns_mailbox else None,
        )
        session = self.sessions.begin(Principal(user.user_id, user.account_id, user.email), client, now)
        credentials = Credentials(user.user_id, google_subject=claims.key)
        writes: Sequence[Write] = [
            *self.users.opening(user),
            *self.credentials.replacing(None, credentials),
            self.lines.opening(user.account_id, user.user_id, now, verified=user.email_verified),
            *session.writes,
        ]
        return Decided(session, writes)

    def _taken_over(self, claims: Claims, now: int) -> list[Write]:
        """The mailbox's owner is here: what somebody set who never proved it opens nothing any more."""
        user = self.users.user_of_email(normal_email(claims.email))
        if user is None or user.email_verified:
            raise Conflict("Somebody has just proven this address. Try again.", code="link_needed")
        before = self.credentials.credentials(user.user_id)
        after = Credentials(user.user_id, google_subject=claims.key)
        told = self.teller.telling(user.account_id, Told.CREDENTIALS_DISCARDED, now, {"changed_at": now})
        return [
            *self.users.replacing(user, replace(user, email_verified_at=now)),
            *self.credentials.replacing(before, after),
            *self.sessions.ending_all(user.user_id),
            told,
        ]

    def _linked(self, proof: Proof, claims: Claims, now: int) -> Decided[bool]:
        """Whether there was something to do: only then was the code looked at."""
        who = proof.who
        owner, before = self.credentials.user_of_google(claims.key), self.credentials.credentials(who.user_id)
        if owner == who.user_id:
            return Decided(False)
        if owner is not None:
            raise Conflict("This Google account logs somebody else in.", code="google_taken")
        if before is not None and before.google_subject is not None:
            raise Conflict("Another Google account is linked. Unlink it first.", code="google_taken")
        proven = self.reauthentication.take(proof, now)
        after = replace(proven.after, google_subject=claims.key)
        told = self.teller.telling(who.account_id, Told.GOOGLE_LINKED, now, {"changed_at": now})
        return Decided(True, [*self.credentials.replacing(proven.before, after), *proven.told, told])

    def _unlinked(self, proof: Proof, now: int) -> Decided[bool]:
        """Likewise."""
        who = proof.who
        before = self.credentials.credentials(who.user_id)
        if before is None or before.google_subject is None:
            return Decided(False)
        if before.password_hash is None:
            raise Conflict("Set a password first: nobody could log in without Google.", code="password_needed")
        proven = self.reauthentication.take(proof, now)
        after = replace(proven.after, google_subject=None)
        told = self.teller.telling(who.account_id, Told.GOOGLE_UNLINKED, now, {"changed_at": now})
        return Decided(True, [*self.credentials.replacing(proven.before, after), *proven.told, told])


def _name(claims: Claims) -> str:
    """What Google calls them if it can be a name here, else the first part of the address."""
    try:
        return plain_name(claims.name, "A name", field="name")
    except Invalid:
        return claims.email.partition("@")[0][:64]
