"""API tokens: list, look at, make, disable."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.accounts import tokens
from chalicelib.api.shapes_accounts import NewToken, Token, TokenList, TokenState, TokenWithSecret
from chalicelib.api.values import moment_in
from chalicelib.api.verified import require_verified
from chalicelib.api.view import Call, operation
from chalicelib.bootstrap import services
from chalicelib.clock import iso, iso_or_none
from chalicelib.errors import Conflict, Forbidden, Unavailable

blueprint = Blueprint(__name__)


@operation(blueprint, "GET", "/api/v1/tokens", answer=TokenList, summary="The API tokens")
def list_tokens(call: Call[None]) -> TokenList:
    """Newest first, without their secrets; disabled and expired ones stay in the list."""
    now = services().clock()
    return TokenList(items=[token_of(token, now) for token in services().tokens.list(call.account_id)])


@operation(blueprint, "GET", "/api/v1/tokens/{token_id}", answer=Token, summary="One API token")
def get_token(call: Call[None]) -> Token:
    """When it was made and how, when it was last used, and since when it opens nothing."""
    return token_of(services().tokens.get(call.account_id, call.path["token_id"]), services().clock())


@operation(
    blueprint, "POST", "/api/v1/tokens", body=NewToken, answer=TokenWithSecret, status=201, summary="Make an API token",
    refusals=(Forbidden, Conflict, Unavailable),
)
def create_token(call: Call[NewToken]) -> TokenWithSecret:
    """The answer is the only place where the secret is ever shown. A token that a token makes does not outlive it."""
    require_verified(call.account_id)
    now, expires_at = services().clock(), moment_in(call.asked.expires_at, "expires_at")
    created = services().token_making.make(call.principal, call.asked.description, expires_at, now)
    return TokenWithSecret(**_facts(created.token, now), secret=created.secret)


@operation(
    blueprint, "POST", "/api/v1/tokens/{token_id}/disable", answer=Token, summary="Disable an API token",
    refusals=(Unavailable,),
)
def disable_token(call: Call[None]) -> Token:
    """It opens nothing from now on and stays in the list. Disabling it again changes nothing."""
    now = services().clock()
    return token_of(services().tokens.disable(call.account_id, call.path["token_id"], now), now)


def token_of(token: tokens.ApiToken, now: int) -> Token:
    """A token as its owner sees it."""
    return Token(**_facts(token, now))


def _facts(token: tokens.ApiToken, now: int) -> dict[str, Any]:
    return {
        "id": token.token_id,
        "description": token.description,
        "prefix": token.prefix,
        "state": _state(token, now),
        "created_at": iso(token.created_at),
        "expires_at": iso_or_none(token.expires_at),
        "disabled_at": iso_or_none(token.disabled_at),
        "last_used_at": iso_or_none(token.last_used_at),
        "ended_at": iso_or_none(token.ended_at(now)),
        "made_by": token.origin,
        "made_by_token": token.maker_id,
    }


def _state(token: tokens.ApiToken, now: int) -> TokenState:
    refusal = token.refusal(now)
    return TokenState.ACTIVE if refusal is None else TokenState(str(refusal))
