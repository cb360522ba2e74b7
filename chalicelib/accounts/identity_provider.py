"""What an OpenID provider says of somebody, and the round to it: one browser, ten minutes, nothing kept by us.

State, nonce and PKCE's verifier are our signatures of what the browser keeps in a cookie: whoever has not the cookie
can not finish, and nothing has to be stored. OpenID Connect Core 1.0, RFC 7636.
"""

import hmac
from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.accounts.pkce import challenge_of
from chalicelib.clock import MINUTE
from chalicelib.errors import Invalid
from chalicelib.ids import is_secret
from chalicelib.signing import Signer

ROUND_SECONDS = 10 * MINUTE


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified ID token says."""

    issuer: str
    subject: str
    email: str
    owns_mailbox: bool
    """Whether the provider itself keeps this mailbox, or the domain's: only then its word proves the address."""
    nonce: str
    name: str

    @property
    def key(self) -> str:
        """What a person is known by."""
        return f"{self.issuer} {self.subject}"


class IdentityProvider(Protocol):
    """Google, or who plays it."""

    def address(self, state: str, nonce: str, challenge: str) -> str:
        """Where to send the browser. Raises NotFound where sign-in is not offered, Unavailable."""

    def claims(self, code: str, verifier: str) -> Claims:
        """What it says of whoever brought this code, verified. Raises Invalid with google_refused, and Unavailable."""


@dataclass(frozen=True, slots=True)
class Round:
    """A round that has begun."""

    address: str
    cookie: str = field(repr=False)

    @property
    def lasts_seconds(self) -> int:
        """How long it can last: after that a browser need not keep the cookie."""
        return ROUND_SECONDS


@dataclass(frozen=True, slots=True)
class Known:
    """What a round is known by when it comes back."""

    nonce: str
    verifier: str = field(repr=False)


def begin_round(provider: IdentityProvider, signer: Signer, secret: str, now: int) -> Round:
    """A new round of the browser that gets the cookie."""
    cookie = f"{now}.{secret}"
    known = _known(signer, cookie)
    state = signer.sign("sign-in-state", cookie)
    return Round(provider.address(state, known.nonce, challenge_of(known.verifier)), cookie)


def same_round(signer: Signer, cookie: str, state: str, now: int) -> Known:
    """What the round was begun with. Raises Invalid where the browser or the time is another."""
    moment, _, secret = cookie.partition(".")
    ours = is_secret("sign", secret) and moment.isdecimal() and moment.isascii() and len(moment) <= 12
    if ours and int(moment) <= now < int(moment) + ROUND_SECONDS and _is_state(signer, cookie, state):
        return _known(signer, cookie)
    raise Invalid("This sign-in was begun in another browser or too long ago. Begin again.", code="sign_in_spent")


def _known(signer: Signer, cookie: str) -> Known:
    return Known(signer.sign("sign-in-nonce", cookie), signer.sign("sign-in-verifier", cookie))


def _is_state(signer: Signer, cookie: str, state: str) -> bool:
    return hmac.compare_digest(signer.sign("sign-in-state", cookie).encode(), state.encode())
