"""Shapes of what somebody proves themselves by: passwords, addresses, the second factor; and of who they are."""

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.shapes import AccountId, Currency, Shape
from chalicelib.api.shapes_people import Code, Email, GivenPassword, LinkToken, Password, PersonName, UserId
from chalicelib.billing.account import Status


class Forgotten(Shape, frozen=True, kw_only=True):
    """Whose password is forgotten."""

    email: Email


class Reset(Shape, frozen=True, kw_only=True):
    """A link from an e-mail, and the new password."""

    token: LinkToken
    password: Password


class ChangedPassword(Shape, frozen=True, kw_only=True):
    """A new password, and proof of who asks: what they have of it."""

    current_password: GivenPassword | UnsetType = UNSET
    new_password: Password
    code: Code | UnsetType = UNSET


class ChangedEmail(Shape, frozen=True, kw_only=True):
    """A new address, and proof of who asks: what they have of it."""

    email: Email
    password: GivenPassword | UnsetType = UNSET
    code: Code | UnsetType = UNSET


class ConfirmedPassword(Shape, frozen=True, kw_only=True):
    """Proof of who asks, where there is no second factor yet."""

    password: GivenPassword | UnsetType = UNSET


class Confirmed(Shape, frozen=True, kw_only=True):
    """Proof of who asks: what they have of it."""

    password: GivenPassword | UnsetType = UNSET
    code: Code | UnsetType = UNSET


class FirstCode(Shape, frozen=True, kw_only=True):
    """The first code that the authenticator app shows."""

    code: Code


class NewSecondFactor(Shape, frozen=True, kw_only=True):
    """What the authenticator app is given. It is shown once."""

    secret: Annotated[str, Meta(description="to be typed in, in base 32", examples=["JBSWY3DPEHPK3PXP" * 2])]
    otpauth_uri: Annotated[str, Meta(description="to be shown as a QR code")]


class RecoveryCodes(Shape, frozen=True, kw_only=True):
    """Ten codes that log in without the phone, each once. They are shown once."""

    recovery_codes: list[Annotated[str, Meta(examples=["x7k2-9qpm-4tcd-zzv8"])]]


class Me(Shape, frozen=True, kw_only=True):
    """Who calls."""

    user_id: UserId
    account_id: AccountId
    email: Email
    email_verified: bool
    name: PersonName
    currency: Annotated[Currency | None, Meta(description="null until it is chosen")]
    status: Status
    second_factor: Annotated[bool, Meta(description="whether a password alone does not log in")]
    recovery_codes_left: Annotated[int, Meta(ge=0, description="a whole number", examples=[10])]
    has_password: bool
    google_linked: bool


class NewName(Shape, frozen=True, kw_only=True):
    """Another name."""

    name: PersonName
