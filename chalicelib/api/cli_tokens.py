"""Whom a token speaks for, asked by every run of the published command before anything else, and by libraries."""

from chalice.app import Blueprint

from chalicelib.accounts.principal import Principal
from chalicelib.accounts.tokens import Refusal
from chalicelib.api.cli_operation import PREFIX, account_outlook, warnings_of
from chalicelib.api.cli_shapes import AllowedCliCommands, CliCommandMetadata, CliToken, TokenValidity
from chalicelib.api.view import Access, Call, operation
from chalicelib.billing.account import Status
from chalicelib.bootstrap import services
from chalicelib.errors import NotFound, Unavailable

blueprint = Blueprint(__name__)

CONSENT_PATH = "/cli-login"
"""The console's page that asks its owner whether a command may be logged in."""

_SUSPENDED = AllowedCliCommands(
    INSTANCE_RENTED_CREATE=False, INSTANCE_RENTED_RESTART=False, INSTANCE_RENTED_CONNECT=False
)
"""What a suspended account may not do; each of these is refused by the operation itself, too."""


@operation(
    blueprint, "POST", PREFIX + "/v1/validate-token", body=CliToken, answer=TokenValidity, access=Access.PUBLIC,
    summary="Whom a token speaks for and what the command may do", refusals=(NotFound, Unavailable),
)
def validate_token(call: Call[CliToken]) -> TokenValidity:
    """Any token is answered: one that opens nothing with the reason. The command asks for one that is missing."""
    secret = call.asked.user_api_token
    if not secret:
        return _invalid("no access token is set")
    found = services().tokens.recognise(secret, services().clock())
    return _invalid(found.reason) if isinstance(found, Refusal) else _valid(found)


def _invalid(reason: str) -> TokenValidity:
    """Commands stay allowed: what they ask for is refused, and a person is told of the token and nothing else."""
    return TokenValidity(
        is_success=False,
        allowed_cli_commands=AllowedCliCommands(),
        cli_command_metadata=_metadata(),
        token_invalid_reason=reason,
    )


def _valid(who: Principal) -> TokenValidity:
    seen = account_outlook(who.account_id)
    return TokenValidity(
        allowed_cli_commands=AllowedCliCommands() if seen.status is Status.ACTIVE else _SUSPENDED,
        cli_command_metadata=_metadata(),
        token_user_public_id=who.user_id,
        token_client_public_id=who.account_id,
        token_display_name=who.display_name,
        warnings_on_exit=warnings_of(seen),
    )


def _metadata() -> CliCommandMetadata:
    catalogue = services().catalogue
    return CliCommandMetadata(
        instance_offer_provider_names=list(catalogue.providers),
        instance_offer_gpu_names=list(catalogue.gpu_names),
        frontend_base_url=services().config.console_url,
        frontend_oauth_path=CONSENT_PATH,
    )
