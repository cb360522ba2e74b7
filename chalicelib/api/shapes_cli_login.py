"""Shapes of the command line's log-in. Names are OAuth's, as the command sends them."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from chalicelib.api.cli_shapes import CliAnswer
from chalicelib.api.shapes import Shape

Parameter: TypeAlias = Annotated[str, Meta(max_length=300, description="a parameter of OAuth 2, RFC 6749 and 7636")]


class AuthorizationAsked(Shape, frozen=True, kw_only=True):
    """What stands in the address that the command opens."""

    response_type: Parameter
    client_id: Parameter
    redirect_uri: Parameter
    code_challenge: Parameter
    code_challenge_method: Parameter
    state: Parameter


class AuthorizationDecided(AuthorizationAsked, frozen=True, kw_only=True):
    """The same, and what its owner says to it."""

    approve: bool


class WhoAsks(Shape, frozen=True, kw_only=True):
    """Who asks, and for whom."""

    client_id: Annotated[str, Meta(description="the program", examples=["THESTAGE_CLI"])]
    redirect_uri: Annotated[str, Meta(description="where it listens, on the computer of the browser")]
    email: Annotated[str, Meta(description="whose account it would act for")]


class RedirectTo(Shape, frozen=True, kw_only=True):
    """Where to take the browser."""

    redirect_to: Annotated[str, Meta(description="an address on the computer of the browser")]


class ExchangeAsked(Shape, forbid_unknown_fields=False, frozen=True, kw_only=True):
    """A code, and the proof that it was given to whoever sends it."""

    grant_type: Parameter
    code: Parameter
    client_id: Parameter
    redirect_uri: Parameter
    code_verifier: Parameter


class Exchanged(CliAnswer, frozen=True, kw_only=True):
    """An API token, or why there is none."""

    access_token: Annotated[str | None, Meta(description="the token's secret")] = msgspec.field(
        default=None, name="access_token"
    )
