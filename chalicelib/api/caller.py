"""Who is calling: the credential of a request, and where it comes from.

A program sends an API token. A browser sends the session's cookie, by itself and whatever page made it do so: what
changes something is therefore taken only from our own pages. docs/design.md, "People".
"""

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from chalice.app import Request

from chalicelib.accounts.principal import Client, Principal
from chalicelib.api.cookies import SESSION, cookies_of
from chalicelib.bootstrap import services
from chalicelib.errors import Forbidden, Unauthenticated

if TYPE_CHECKING:
    from chalicelib.instances.heartbeat import Holder

_BEARER = re.compile(r"bearer +(?P<token>[^ ]+) *", re.IGNORECASE)
OWN_HEADER = "X-Console"
"""A header that no other site's page can make a browser send without asking us first."""
_SAFE = frozenset({"GET", "HEAD"})


def caller_of(request: Request) -> Principal:
    """The owner of the bearer token or of the session. Raises Unauthenticated and Forbidden."""
    header = request.headers.get("authorization")
    if header is None and (secret := cookies_of(request).get(SESSION)) is not None:
        from_our_pages(request)
        return services().sessions.authenticate(secret, services().clock())
    return services().tokens.authenticate(_bearer(header, "an API token"), services().clock())


def daemon_of(request: Request) -> "Holder":
    """The daemon whose token the request carries. Raises Unauthenticated."""
    return services().heartbeats.authenticate(_bearer(request.headers.get("authorization"), "a daemon token"))


def in_person(caller: Principal) -> Principal:
    """Somebody who has logged in. Raises Forbidden for a token: what it may do is not to change who its owner is."""
    if not caller.in_person:
        message = "This needs somebody who has logged in. An API token can not do it."
        raise Forbidden(message, code="session_needed")
    return caller


def from_our_pages(request: Request) -> None:
    """Whether a write comes from the console, told by headers that a page can not forge. Raises Forbidden."""
    if request.method in _SAFE:
        return
    if not request.headers.get(OWN_HEADER):
        message = f"Requests with a session's cookie carry the header {OWN_HEADER}: 1."
        raise Forbidden(message, code="header_missing")
    if not _is_same_origin(request):
        raise Forbidden("This request comes from another site.", code="cross_site")


def client_of(request: Request) -> Client:
    """Where a request came from, as API Gateway saw it: what a caller says of it is not believed."""
    identity = request.context.get("identity") or {}
    return Client(str(identity.get("sourceIp") or "unknown"), request.headers.get("user-agent", ""))


def _bearer(header: str | None, what: str) -> str:
    match = _BEARER.fullmatch(header or "")
    if match is None:
        message = f"Send {what} in the header Authorization: Bearer <token>."
        raise Unauthenticated(message, code="token_missing" if not header else "token_unreadable")
    return match["token"]


def _is_same_origin(request: Request) -> bool:
    """By the browser's own word where it gives one, else by the page's origin, which then has to be there."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return bool(site == "same-origin")
    origin, ours = urlsplit(request.headers.get("origin", "")), urlsplit(services().config.console_url)
    return (origin.scheme, origin.netloc) == (ours.scheme, ours.netloc)
