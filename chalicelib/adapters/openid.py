"""An OpenID provider over HTTPS: Google. PyJWT verifies what it signs.

https://developers.google.com/identity/openid-connect/openid-connect. No address comes from a caller: they are the
issuer's own, by its discovery document. What it signs lives in its own time, which is why the wall clock counts here.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode, urlsplit

import jwt
from urllib3 import PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from chalicelib.accounts.identity_provider import Claims
from chalicelib.errors import Invalid, NotFound, Unavailable

TIMEOUT = Timeout(connect=2, read=5)
LONGEST_ANSWER = 256 * 1024
LEEWAY_SECONDS = 60
_DISCOVERY = "/.well-known/openid-configuration"
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, slots=True)
class Registration:
    """What an operator has registered with the provider. Without a client id, sign-in is not offered."""

    issuer: str
    client_id: str
    redirect_uri: str


class OpenIdProvider:
    """An IdentityProvider."""

    def __init__(self, registration: Registration, client_secret: Callable[[], tuple[bytes, ...]]) -> None:
        self._registration = registration
        self._client_secret = client_secret
        self._keys: dict[str, jwt.PyJWK] = {}

    def address(self, state: str, nonce: str, challenge: str) -> str:
        """Where to send the browser."""
        if not self._registration.client_id:
            raise NotFound("Signing in with Google is not offered here.")
        asked = {
            "response_type": "code",
            "client_id": self._registration.client_id,
            "redirect_uri": self._registration.redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            "prompt": "select_account",
        }
        return f"{self._discovered['authorization_endpoint']}?{urlencode(asked)}"

    def claims(self, code: str, verifier: str) -> Claims:
        """What it says of whoever brought this code."""
        answer = self._fetch("POST", self._discovered["token_endpoint"], self._exchange(code, verifier))
        try:
            token = str(answer["id_token"])
            return _claims(self._verified(token))
        except (KeyError, jwt.PyJWTError):
            raise _refused() from None

    def _exchange(self, code: str, verifier: str) -> dict[str, str]:
        return {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self._registration.client_id,
            "client_secret": self._client_secret()[0].decode(),
            "redirect_uri": self._registration.redirect_uri,
            "code_verifier": verifier,
        }

    def _verified(self, token: str) -> Mapping[str, Any]:
        return jwt.decode(
            token,
            self._key(jwt.get_unverified_header(token).get("kid")),
            algorithms=["RS256"],
            audience=self._registration.client_id,
            issuer=self._registration.issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )

    def _key(self, kid: object) -> jwt.PyJWK:
        """The key of this name; its only key where a token names none (RFC 7515). Raises KeyError."""
        if kid not in self._keys:
            found = jwt.PyJWKSet.from_dict(dict(self._fetch("GET", self._discovered["jwks_uri"])))
            self._keys = {str(key.key_id): key for key in found}
        return next(iter(self._keys.values())) if kid is None and len(self._keys) == 1 else self._keys[str(kid)]

    @cached_property
    def _discovered(self) -> dict[str, str]:
        found = self._fetch("GET", self._registration.issuer + _DISCOVERY)
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        addresses = {name: str(found.get(name, "")) for name in names}
        if found.get("issuer") != self._registration.issuer or not all(map(_is_safe, addresses.values())):
            raise Unavailable("Google's description of itself can not be read. Try again later.")
        return addresses

    @cached_property
    def _http(self) -> PoolManager:
        return PoolManager(timeout=TIMEOUT, retries=Retry(0))

    def _fetch(self, method: str, url: str, form: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """A JSON object. A refusal of the provider is one of what the browser brought."""
        try:
            sent = None if form is None else urlencode(form)
            answer = self._http.request(method, url, body=sent, headers=_HEADERS, preload_content=False, redirect=False)
            body = answer.read(LONGEST_ANSWER)
            answer.release_conn()
        except HTTPError as error:
            raise Unavailable("Google does not answer. Try again in a moment.") from error
        if 400 <= answer.status < 500:
            raise _refused()
        try:
            parsed = json.loads(body)
        except ValueError:
            parsed = None
        if answer.status != 200 or not isinstance(parsed, dict):
            raise Unavailable("Google does not answer. Try again in a moment.")
        return parsed


def _claims(verified: Mapping[str, Any]) -> Claims:
    """Google keeps the mailboxes of gmail.com, and of the domain that it names in `hd`."""
    email = str(verified.get("email", ""))
    kept = email.rpartition("@")[2].lower() in {"gmail.com", str(verified.get("hd", "")).lower()}
    return Claims(
        issuer=str(verified["iss"]),
        subject=str(verified["sub"]),
        email=email,
        owns_mailbox=kept and verified.get("email_verified") is True,
        nonce=str(verified.get("nonce", "")),
        name=str(verified.get("name", "")),
    )


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _refused() -> Invalid:
    return Invalid("Google did not confirm who you are. Begin again.", code="google_refused")
