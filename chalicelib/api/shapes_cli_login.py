"""Shapes of the command line's log-in. Names are OAuth's, as the command sends them."""

from typing import Annotated, TypeAlias

import msgspec
from msgspec import Meta

from chalicelib.api.cli_shapes import CliAnswer
from chalicelib.api.shapes import Shape

_LONGEST = 300
ResponseType: TypeAlias = Annotated[str, Meta(max_length=_LONGEST, description="code", examples=["code"])]
ClientId: TypeAlias = Annotated[
    str, Meta(max_length=_LONGEST, description="who asks for a token", examples=["THESTAGE_CLI"])
]
RedirectUri: TypeAlias = Annotated[
    str,
    Meta(
        max_length=_LONGEST,
        description="where the command listens",
        examples=["http://localhost:40123/thestageai-oauth-code"],
    ),
]
CodeChallenge: TypeAlias = Annotated[
    str, Meta(max_length=_LONGEST, description="the SHA-256 of a secret of the command, RFC 7636", examples=["E" * 43])
]
ChallengeMethod: TypeAlias = Annotated[str, Meta(max_length=_LONGEST, description="S256", examples=["S256"])]
State: TypeAlias = Annotated[
    str, Meta(max_length=_LONGEST, description="what the command knows its answer by", examples=["xyzzy-1234-abcd"])
]


class AuthorizationAsked(Shape, frozen=True, kw_only=True):
    """What stands in the address that the command opens. RFC 6749 and 7636."""

    response_type: ResponseType
    client_id: ClientId
    redirect_uri: RedirectUri
    code_challenge: CodeChallenge
    code_challenge_method: ChallengeMethod
    state: State


class AuthorizationDecided(AuthorizationAsked, frozen=True, kw_only=True):
    """The same, and what its owner says to it."""

    approve: Annotated[bool, Meta(description="whether the command may act for the account", examples=[False])]


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

    grant_type: Annotated[
        str, Meta(max_length=_LONGEST, description="authorization_code", examples=["authorization_code"])
    ]
    code: Annotated[str, Meta(max_length=_LONGEST, description="what the browser brought", examples=["tsai_code_..."])]
    client_id: ClientId
    redirect_uri: RedirectUri
    code_verifier: Annotated[
        str, Meta(max_length=_LONGEST, description="the secret whose SHA-256 was the challenge", examples=["v" * 86])
    ]


class Exchanged(CliAnswer, frozen=True, kw_only=True):
    """An API token, or why there is none."""

    access_token: Annotated[str | None, Meta(description="the token's secret")] = msgspec.field(
        default=None, name="access_token"
    )
