"""Shapes of taking one's data along, and of closing one's account."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.shapes import Amount, Moment, Shape
from chalicelib.api.shapes_accounts import Key, NotificationPage, Token
from chalicelib.api.shapes_billing import Balance, Service, TransactionPage
from chalicelib.api.shapes_credentials import Me
from chalicelib.api.shapes_machines import SelfHosted
from chalicelib.api.shapes_people import Code, GivenPassword, Session
from chalicelib.api.shapes_renting import RentalPage


class Farewell(Shape, frozen=True, kw_only=True):
    """Proof of whose account it is, and what its owner knows to give up."""

    password: GivenPassword | UnsetType = UNSET
    code: Code | UnsetType = UNSET
    forfeit: Amount | UnsetType = UNSET


class Export(Shape, frozen=True, kw_only=True):
    """All that is kept about somebody, without secrets.

    What is older than the last items of `rentals`, `notifications` and `transactions` comes from GET /api/v1/rentals,
    /api/v1/notifications and /api/v1/transactions, with their `next_cursor` as `cursor`.
    """

    exported_at: Moment
    user: Me
    balance: Balance
    tokens: Annotated[Sequence[Token], Meta(description="newest first")]
    keys: Annotated[Sequence[Key], Meta(description="oldest first")]
    sessions: Annotated[Sequence[Session], Meta(description="newest first")]
    services: Annotated[Sequence[Service], Meta(description="the active ones; what they cost is in `transactions`")]
    rentals: RentalPage
    self_hosted: Annotated[Sequence[SelfHosted], Meta(description="newest first")]
    notifications: NotificationPage
    transactions: TransactionPage
