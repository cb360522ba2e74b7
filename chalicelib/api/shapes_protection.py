"""Shapes of the spending cap, and of what would be."""

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.shapes import Amount, Moment, Problem, Shape
from chalicelib.api.shapes_renting import Hours, OfferId
from chalicelib.billing.account import Status

AmountText: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{1,10}(\.[0-9]{1,6})?$",
        description="an amount with at most six decimals, in the account's currency",
        examples=["25.00"],
    ),
]


class NewSpendingCap(Shape, frozen=True, kw_only=True):
    """How much may be used in a calendar month before nothing more is started; null for no cap."""

    cap: AmountText | None


class SpendingCap(Shape, frozen=True, kw_only=True):
    """What has been used in this calendar month (UTC), by the second, booked or not, and its cap."""

    cap: Annotated[Amount | None, Meta(description="null where none is set")]
    spent: Annotated[Amount, Meta(description="used since the month began, rounded down")]
    reached: Annotated[bool, Meta(description="whether nothing more is started before the month is over")]
    month_began_at: Moment
    month_ends_at: Moment
    as_of: Moment


class WhatIfQuery(Shape, frozen=True, kw_only=True):
    """What to suppose: money that comes now, an offer that is rented then, for some hours perhaps, both, or neither."""

    offer_id: OfferId | UnsetType = UNSET
    stop_after_hours: Hours | UnsetType = UNSET
    top_up: AmountText | UnsetType = UNSET


class WhatIf(Shape, frozen=True, kw_only=True):
    """How the account would stand."""

    balance: Annotated[Amount, Meta(description="with the top-up")]
    rate_per_hour: Annotated[Amount, Meta(description="with everything running as you wish it, and with the offer")]
    status: Status
    runs_out_at: Annotated[
        Moment | None,
        Meta(description="until when the balance would last, as leases end; null for ever, or while suspended"),
    ]
    admitted: Annotated[bool | None, Meta(description="whether the offer could be rented; null without an offer")]
    refusal: Annotated[Problem | None, Meta(description="why not; null if it could")]
    missing: Annotated[Amount, Meta(description="what more it takes to be active and to rent the offer")]
    as_of: Moment
