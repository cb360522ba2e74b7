"""`thestage login` and `logout`: what the consent page asks, and what the command exchanges."""

from chalice.app import Blueprint

from chalicelib.accounts.authorization import Authorization, Exchange
from chalicelib.api.cli_operation import PREFIX, CliCall, cli_operation
from chalicelib.api.cli_shapes import CliAnswer, NothingAsked
from chalicelib.api.shapes_cli_login import (
    AuthorizationAsked,
    AuthorizationDecided,
    ExchangeAsked,
    Exchanged,
    RedirectTo,
    WhoAsks,
)
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Failure, Unavailable

blueprint = Blueprint(__name__)


@operation(
    blueprint, "GET", "/api/v1/cli-login", query=AuthorizationAsked, answer=WhoAsks, access=Access.IN_PERSON,
    summary="What a command asks for that wants to be logged in",
)
def get_authorization(call: Call[AuthorizationAsked]) -> WhoAsks:
    """For the page that asks its owner. Anything that is not in order is refused here, and nobody is sent anywhere."""
    asked = _authorization(call.asked).checked()
    return WhoAsks(client_id=asked.client_id, redirect_uri=asked.redirect_uri, email=call.principal.display_name)


@operation(
    blueprint, "POST", "/api/v1/cli-login", body=AuthorizationDecided, answer=RedirectTo, access=Access.IN_PERSON,
    summary="Log a command in, or refuse it", refusals=(Unavailable,),
)
def decide_authorization(call: Call[AuthorizationDecided]) -> RedirectTo:
    """Where the page then takes the browser: back to the command, with a code of a minute or a refusal."""
    asked = _authorization(call.asked)
    login, now = services().cli_login, services().clock()
    target = login.approve(call.principal, asked, now) if call.asked.approve else login.deny(asked)
    return RedirectTo(redirect_to=target)


@operation(
    blueprint, "POST", PREFIX + "/v1/oauth/pkce/exchange-authorization-code", body=ExchangeAsked, answer=Exchanged,
    access=Access.PUBLIC, summary="A token for a code", refusals=(Conflict, Unavailable),
)
def exchange_code(call: Call[ExchangeAsked]) -> Exchanged:
    """A refusal is a 200, too: of any other status the command does not show what it says."""
    asked = call.asked
    exchange = Exchange(asked.grant_type, asked.code, asked.client_id, asked.redirect_uri, asked.code_verifier)
    try:
        return Exchanged(access_token=services().cli_login.exchange(exchange, services().clock()))
    except Failure as refusal:
        return Exchanged(is_success=False, message=refusal.message)


@cli_operation(
    blueprint, "/v1/oauth/logout", body=NothingAsked, answer=CliAnswer, summary="Disable the token that asks",
    refusals=(Unavailable,),
)
def log_command_out(call: CliCall[NothingAsked]) -> CliAnswer:
    """It opens nothing from now on and stays listed."""
    services().cli_login.log_out(call.principal, services().clock())
    return CliAnswer()


def _authorization(asked: AuthorizationAsked | AuthorizationDecided) -> Authorization:
    return Authorization(
        response_type=asked.response_type,
        client_id=asked.client_id,
        redirect_uri=asked.redirect_uri,
        code_challenge=asked.code_challenge,
        code_challenge_method=asked.code_challenge_method,
        state=asked.state,
    )
