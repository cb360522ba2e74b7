"""Who is calling: the credential of a request."""

import re

from chalice.app import Request

from chalicelib.accounts.tokens import Principal
from chalicelib.bootstrap import services
from chalicelib.errors import Unauthenticated

_BEARER = re.compile(r"bearer +(?P<token>[^ ]+) *", re.IGNORECASE)


def caller_of(request: Request) -> Principal:
    """The owner of the bearer token. Raises Unauthenticated."""
    header = request.headers.get("authorization")
    match = _BEARER.fullmatch(header or "")
    if match is None:
        message = "Send an API token in the header Authorization: Bearer <token>."
        raise Unauthenticated(message, code="token_missing" if not header else "token_unreadable")
    return services().tokens.authenticate(match["token"], services().clock())
