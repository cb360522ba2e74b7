"""Logging the command line in: an OAuth 2 authorization code with PKCE, for one public client.

The browser asks its owner and hands a code of a minute to the command, which exchanges it for an API token. The code
is used once: whoever tries it again ends the token that it gave.

docs/rules.md, "Accounts"; RFC 6749, RFC 7636 (S256 alone), RFC 8252.
"""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

from chalicelib.accounts.authorization import CLIENT_ID, Authorization, Exchange
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.pkce import challenge_of
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.tokens import Created, Origin, TokenOrder, Tokens, hash_of, make_token
from chalicelib.accounts.users import User, UserStore
from chalicelib.accounts.verified import not_verified
from chalicelib.clock import DAY, MINUTE
from chalicelib.errors import Invalid
from chalicelib.ids import Ids, is_secret
from chalicelib.writes import Write

CODE_SECONDS = MINUTE
TOKEN_SECONDS = 90 * DAY
DESCRIPTION = "thestage login"

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a code stands for. Kept under the code's SHA-256."""

    code_hash: str
    user_id: str
    account_id: str
    redirect_uri: str
    code_challenge: str
    created_at: int
    token_hash: str | None = None
    """Of the token that it was exchanged for; empty where it was burnt for nothing."""

    def is_good(self, now: int) -> bool:
        """Whether it may be exchanged still."""
        return self.token_hash is None and now < self.created_at + CODE_SECONDS


class GrantStore(Protocol):
    """Grants, which expire. Reads are consistent."""

    def grant(self, code_hash: str) -> Grant | None:
        """The grant of a code, in one read."""

    def granting(self, grant: Grant) -> Sequence[Write]:
        """The writes that keep a new one."""

    def using(self, grant: Grant, token_hash: str) -> Sequence[Write]:
        """The writes that use it up. Committing them raises LostRace where it has been."""


@dataclass(frozen=True, slots=True)
class CliLogin:
    """The use cases of `thestage login` and `logout`."""

    grants: GrantStore
    tokens: Tokens
    users: UserStore
    decisions: Decisions
    ids: Ids

    def approve(self, who: Principal, asked: Authorization, now: int) -> str:
        """Where to send the browser so that the command gets its code.

        Raises Invalid, and Forbidden where the address is not verified.
        """
        asked.checked()
        user = self.users.user(who.user_id)
        if user is None or not user.email_verified:
            raise not_verified()
        code = self.ids.secret("code")
        grant = Grant(
            code_hash=hash_of(code),
            user_id=user.user_id,
            account_id=user.account_id,
            redirect_uri=asked.redirect_uri,
            code_challenge=asked.code_challenge,
            created_at=now,
        )
        self.decisions.carry_out(lambda: Decided(None, self._granted(grant)))
        return f"{asked.redirect_uri}?{urlencode({'code': code, 'state': asked.state})}"

    def deny(self, asked: Authorization) -> str:
        """Where to send the browser so that the command knows it was refused. Raises Invalid."""
        asked.checked()
        refusal = {"error": "access_denied", "error_description": "You refused.", "state": asked.state}
        return f"{asked.redirect_uri}?{urlencode(refusal)}"

    def exchange(self, asked: Exchange, now: int) -> str:
        """The secret of a new API token. Raises Invalid, and Conflict where there are too many tokens."""
        if asked.grant_type != "authorization_code":
            raise Invalid("Only an authorization code is exchanged.", code="unsupported_grant_type")
        if asked.client_id != CLIENT_ID:
            raise Invalid("This client is not known.", code="invalid_client")
        found = self.grants.grant(hash_of(asked.code)) if is_secret("code", asked.code) else None
        if found is None:
            raise _no_grant()
        user = self.users.user(found.user_id)
        if user is None:
            raise _no_grant()
        created = self._token_of(user, now)
        if not self.decisions.carry_out(lambda: self._exchanged(asked, created, now)):
            raise _no_grant()
        return created.secret

    def log_out(self, who: Principal, now: int) -> None:
        """Disable the token that asks. Raises Unavailable."""
        if who.token_id is not None:
            self.tokens.disable(who.account_id, who.token_id, now)

    def _granted(self, grant: Grant) -> Sequence[Write]:
        """Nothing where it is there already: a commit whose answer was lost is not repeated."""
        return () if self.grants.grant(grant.code_hash) else self.grants.granting(grant)

    def _token_of(self, user: User, now: int) -> Created:
        """The token that a grant of this user would give, not yet kept."""
        order = TokenOrder(
            user.account_id, user.user_id, user.email, DESCRIPTION, now + TOKEN_SECONDS, Origin.THESTAGE_LOGIN
        )
        return make_token(order, self.ids, now)

    def _exchanged(self, asked: Exchange, created: Created, now: int) -> Decided[bool]:
        """Whether the token was given. One that is not proven burns the code."""
        grant = self.grants.grant(hash_of(asked.code))
        if grant is None:
            return Decided(False)
        if grant.token_hash is not None:
            ours = grant.token_hash == created.token.secret_hash
            return Decided(ours, () if ours else self._revoked(grant.token_hash, now))
        if not grant.is_good(now) or not _is_proven(grant, asked):
            return Decided(False, self.grants.using(grant, ""))
        self.tokens.room_for(grant.account_id, now)
        writes = [*self.tokens.store.adding(created.token), *self.grants.using(grant, created.token.secret_hash)]
        return Decided(True, writes)

    def _revoked(self, token_hash: str, now: int) -> Sequence[Write]:
        """A code that comes twice has been seen by somebody else: what it gave opens nothing any more."""
        token = self.tokens.store.token(token_hash) if token_hash else None
        return () if token is None or token.disabled_at is not None else self.tokens.store.disabling(token, now)


def _no_grant() -> Invalid:
    message = "The code has expired or was used before. Run `thestage login` again."
    return Invalid(message, code="invalid_grant", field="code")


def _is_proven(grant: Grant, asked: Exchange) -> bool:
    """Whether this is the command that the browser was asked by."""
    if asked.redirect_uri != grant.redirect_uri or _VERIFIER.fullmatch(asked.code_verifier) is None:
        return False
    return hmac.compare_digest(challenge_of(asked.code_verifier).encode(), grant.code_challenge.encode())
