"""API tokens: list, make, disable."""

from typing import Any

from chalice.app import Blueprint

from chalicelib.accounts import tokens
from chalicelib.accounts.tokens import TokenOrder
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
    return TokenList(items=[_token(token, now) for token in services().tokens.list(call.account_id)])


@operation(
    blueprint, "POST", "/api/v1/tokens", body=NewToken, answer=TokenWithSecret, status=201, summary="Make an API token",
    refusals=(Forbidden, Conflict, Unavailable),
)
def create_token(call: Call[NewToken]) -> TokenWithSecret:
    """The answer is the only place where the secret is ever shown."""
    require_verified(call.account_id)
    who, now = call.principal, services().clock()
    expires_at = moment_in(call.asked.expires_at, "expires_at")
    order = TokenOrder(who.account_id, who.user_id, who.display_name, call.asked.description, expires_at)
    created = services().tokens.create(order, now)
    return TokenWithSecret(**_facts(created.token, now), secret=created.secret)


@operation(
    blueprint, "POST", "/api/v1/tokens/{token_id}/disable", answer=Token, summary="Disable an API token",
    refusals=(Unavailable,),
)
def disable_token(call: Call[None]) -> Token:
    """It opens nothing from now on and stays in the list. Disabling it again changes nothing."""
    now = services().clock()
    return _token(services().tokens.disable(call.account_id, call.path["token_id"], now), now)


def _token(token: tokens.ApiToken, now: int) -> Token:
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
    }


def _state(token: tokens.ApiToken, now: int) -> TokenState:
    refusal = token.refusal(now)
    return TokenState.ACTIVE if refusal is None else TokenState(str(refusal))
