"""Shapes of the balance, its explanation, usage, the history and services."""

from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType, field

from chalicelib.api.shapes import (
    AccountId,
    Amount,
    Code,
    Count,
    Currency,
    Hash,
    Instant,
    MeterId,
    Moment,
    NextCursor,
    PageQuery,
    ServiceId,
    Shape,
    Text,
    Units,
)
from chalicelib.billing.account import Status
from chalicelib.billing.chart import EntryKind
from chalicelib.billing.usage import Kind


class Balance(Shape, frozen=True, kw_only=True):
    """How the account stands now."""

    balance: Amount
    currency: Annotated[Currency | None, Meta(description="null until it is chosen")]
    rate_per_hour: Annotated[Amount, Meta(description="what is charged per hour now")]
    status: Status
    runs_out_at: Annotated[Moment | None, Meta(description="the first second that can not be paid, if any")]
    message: Text
    as_of: Moment
    missing: Annotated[Amount, Meta(description="what it takes to be active again; zero while active")]
    ends_at: Annotated[Moment | None, Meta(description="when what is halted ends for good; null while nothing is")]


LeaseEnd: TypeAlias = Annotated[
    Moment | None, Meta(description="the second at which it is stopped by us; null where none is set")
]


class ChosenCurrency(Shape, frozen=True, kw_only=True):
    """What an account is to be kept in."""

    currency: Currency


class UsageLine(Shape, frozen=True, kw_only=True):
    """Use at one price, from a second up to and without another."""

    start: Moment = field(name="from")
    end: Moment = field(name="to")
    seconds: Count
    price_per_hour: Amount


class ExplainedMeter(Shape, frozen=True, kw_only=True):
    """What one rental or service has used that no entry has booked: carried_units and its lines' price x seconds."""

    id: MeterId
    kind: Kind
    name: Text
    units: Units
    carried_units: Annotated[Units, Meta(description="the part of a micro-dollar that its last entry left")]
    lines: list[UsageLine]
    lease_ends_at: LeaseEnd


class Explanation(Shape, frozen=True, kw_only=True):
    """Why the balance is what it is.

    In micro-dollars, exactly: balance = ledger - (units of all meters + rounding_units) / 3600.
    """

    balance: Amount
    ledger: Annotated[Amount, Meta(description="the balance after the last entry of the history")]
    currency: Currency | None
    meters: list[ExplainedMeter]
    rounding_units: Units
    as_of: Moment


class MeterState(StrEnum):
    """How a rental or service stands for billing."""

    CHARGED = "charged"
    FREE = "free"
    """Live, and nothing is charged: it is being started, say."""
    HALTED = "halted"
    """The account is suspended."""
    ENDED = "ended"
    """Over; its last entry comes at midnight."""


class Usage(Shape, frozen=True, kw_only=True):
    """One rental or service under Usage."""

    id: MeterId
    kind: Kind
    name: Text
    code: Code
    state: MeterState
    price_per_hour: Annotated[Amount, Meta(description="what is charged per hour now")]
    running_since: Annotated[Moment | None, Meta(description="since when this price runs; null while none does")]
    started_at: Moment
    ended_at: Moment | None
    lease_ends_at: LeaseEnd
    seconds_unbooked: Annotated[Count, Meta(description="seconds charged since its last entry")]
    unbooked: Annotated[Amount, Meta(description="used since its last entry, rounded down")]
    booked: Annotated[Amount, Meta(description="the sum of all its entries")]


class UsageList(Shape, frozen=True, kw_only=True):
    """Every rental and service that is live or not yet booked to its end."""

    items: list[Usage]
    rate_per_hour: Amount
    currency: Currency | None
    as_of: Moment


class Posting(Shape, frozen=True, kw_only=True):
    """One line of an entry. The postings of an entry sum to zero for each asset."""

    ledger_account: Annotated[str, Meta(examples=["platform:revenue:rental"])]
    asset: Currency
    amount: Annotated[
        str,
        Meta(pattern=r"^-?[0-9]{1,30}\.[0-9]{1,18}$", description="a decimal string with all decimals of the asset"),
    ]


class Transaction(Shape, frozen=True, kw_only=True):
    """An entry of the history. It is appended once and never changed.

    `hash` is the SHA-256, in hexadecimal, of this object without `hash` and `recorded_at`, as JSON with sorted keys,
    no blanks and every character beyond ASCII escaped; `previous_hash` is the hash of the entry before it.
    """

    id: Annotated[str, Meta(pattern=r"^acct_[0-9a-hjkmnp-tv-z]{20}\.[1-9][0-9]*$")]
    sequence: Annotated[int, Meta(ge=1, description="its number within the account, without gaps")]
    kind: EntryKind
    description: Text
    amount: Annotated[Amount, Meta(description="what it moves on the balance")]
    balance_after: Amount
    currency: Currency
    created_at: Annotated[Moment, Meta(description="the moment that it is about")]
    recorded_at: Annotated[Moment, Meta(description="when it was written")]
    cause: Annotated[str, Meta(description="the id of what paid or was paid")]
    postings: list[Posting]
    lines: list[UsageLine]
    details: Annotated[dict[str, Text], Meta(description="facts by name")]
    previous_hash: Hash
    hash: Hash


class TransactionQuery(PageQuery, frozen=True, kw_only=True):
    """Which entries: of a kind, from `since` up to and without `until`."""

    kind: EntryKind | UnsetType = UNSET
    since: Instant | UnsetType = UNSET
    until: Instant | UnsetType = UNSET


class ExportQuery(Shape, frozen=True, kw_only=True):
    """Which entries go into the file."""

    kind: EntryKind | UnsetType = UNSET
    since: Instant | UnsetType = UNSET
    until: Instant | UnsetType = UNSET


class TransactionPage(Shape, frozen=True, kw_only=True):
    """Entries, newest first."""

    items: list[Transaction]
    next_cursor: NextCursor


class Statement(Shape, frozen=True, kw_only=True):
    """All entries of one month, oldest first, between two balances. The chain can be checked with nothing else."""

    account_id: AccountId
    month: Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}$", examples=["2026-03"])]
    complete: Annotated[bool, Meta(description="whether the month is over and no entry can be added to it")]
    currency: Currency | None
    opening_balance: Amount
    closing_balance: Amount
    opening_hash: Hash
    closing_hash: Hash
    entries: list[Transaction]


class Payable(Shape, frozen=True, kw_only=True):
    """A kind of service that can be activated."""

    code: Code
    title: Text
    description: Text
    price_per_hour: Amount


class PayableList(Shape, frozen=True, kw_only=True):
    """The catalogue of services."""

    items: list[Payable]


class NewService(Shape, frozen=True, kw_only=True):
    """Which service to activate."""

    code: Code


class Service(Shape, frozen=True, kw_only=True):
    """An active service. Its price was fixed when it was activated."""

    id: ServiceId
    code: Code
    title: Text
    state: MeterState
    price_per_hour: Amount
    activated_at: Moment


class ServiceList(Shape, frozen=True, kw_only=True):
    """The active services."""

    items: list[Service]
