"""The values that requests and answers are made of, and the shapes that every noun shares.

A shape is a msgspec struct: what it does not name is refused on the way in and never sent on the way out, and the API
document is made from the same declaration. A description completes the sentence "it must be ...".
"""

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, Struct, UnsetType

ID_BODY = "_[0-9a-hjkmnp-tv-z]{20}$"
EXAMPLE_BODY = "_0wn5x8k20q7gt4mz1r3c"


class Shape(Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What all shapes are."""


Amount: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,13}\.[0-9]{6}$",
        description="a decimal string with six decimals, in the account's currency",
        examples=["12.500000"],
    ),
]
Moment: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
        description="a second in UTC, in ISO 8601",
        examples=["2026-03-01T00:00:00Z"],
        extra_json_schema={"format": "date-time"},
    ),
]
Instant: TypeAlias = Annotated[
    str,
    Meta(
        max_length=20,
        description="a second in UTC such as 2026-03-01T00:00:00Z, or the first one of a day such as 2026-03-01",
        examples=["2026-03-01T00:00:00Z"],
    ),
]
Currency: TypeAlias = Annotated[
    str, Meta(pattern="^[A-Z]{3,8}$", description="the code of a currency or asset", examples=["USD"])
]
Hash: TypeAlias = Annotated[
    str, Meta(pattern="^[0-9a-f]{64}$", description="a SHA-256 in hexadecimal", examples=["0" * 64])
]
Units: TypeAlias = Annotated[
    str,
    Meta(
        pattern="^-?[0-9]{1,24}$",
        description="a whole number of units, 3600 of which are one micro-dollar, as a string",
        examples=["9000000"],
    ),
]
Count: TypeAlias = Annotated[int, Meta(ge=0, description="a whole number", examples=[2])]
Text: TypeAlias = Annotated[str, Meta(description="text for people")]
Code: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=64, description="a stable name for programs", examples=["qlip-license"])
]

AccountId: TypeAlias = Annotated[str, Meta(pattern="^acct" + ID_BODY, examples=["acct" + EXAMPLE_BODY])]
RentalId: TypeAlias = Annotated[str, Meta(pattern="^rent" + ID_BODY, examples=["rent" + EXAMPLE_BODY])]
SelfHostedId: TypeAlias = Annotated[str, Meta(pattern="^self" + ID_BODY, examples=["self" + EXAMPLE_BODY])]
MachineId: TypeAlias = Annotated[str, Meta(pattern="^(rent|self)" + ID_BODY, examples=["rent" + EXAMPLE_BODY])]
ServiceId: TypeAlias = Annotated[str, Meta(pattern="^srvc" + ID_BODY, examples=["srvc" + EXAMPLE_BODY])]
MeterId: TypeAlias = Annotated[str, Meta(pattern="^(rent|srvc)" + ID_BODY, examples=["rent" + EXAMPLE_BODY])]
KeyId: TypeAlias = Annotated[
    str, Meta(pattern="^key" + ID_BODY, description="the id of an SSH key", examples=["key" + EXAMPLE_BODY])
]
TokenId: TypeAlias = Annotated[str, Meta(pattern="^tokn" + ID_BODY, examples=["tokn" + EXAMPLE_BODY])]
MessageId: TypeAlias = Annotated[str, Meta(pattern="^mesg" + ID_BODY, examples=["mesg" + EXAMPLE_BODY])]

Limit: TypeAlias = Annotated[int, Meta(ge=1, le=100, description="how many items at most", examples=[25])]
CursorText: TypeAlias = Annotated[
    str,
    Meta(min_length=1, max_length=200, description="the next_cursor of the page before", examples=["eyJhIjoxfQ"]),
]
NextCursor: TypeAlias = Annotated[
    str | None, Meta(description="what to send as cursor for the next page; null after the last one")
]


class PageQuery(Shape, frozen=True, kw_only=True):
    """Which page of a list."""

    limit: Limit = 25
    cursor: CursorText | UnsetType = UNSET


class Problem(Shape, frozen=True, kw_only=True):
    """What was refused, for a program and for a person."""

    code: Annotated[str, Meta(description="stable and machine-readable", examples=["insufficient_balance"])]
    message: Annotated[str, Meta(description="what to do, for a person")]
    field: Annotated[str | None, Meta(description="the part of the request at fault, as a dotted path")]


class Refusal(Shape, frozen=True, kw_only=True):
    """Every answer that is not a success."""

    error: Problem
    message: Annotated[str, Meta(description="the same as error.message")]


class Removed(Shape, frozen=True, kw_only=True):
    """What is gone."""

    id: Annotated[str, Meta(description="the id of what is gone", examples=["key" + EXAMPLE_BODY])]
