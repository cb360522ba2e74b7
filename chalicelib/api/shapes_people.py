"""Shapes of who somebody is: signing up, logging in, sessions."""

from typing import Annotated, TypeAlias

from msgspec import UNSET, Meta, UnsetType

from chalicelib.api.shapes import AccountId, Moment, Shape, Text

Email: TypeAlias = Annotated[
    str, Meta(min_length=3, max_length=254, description="an e-mail address", examples=["ada@example.com"])
]
Password: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        description="12 to 128 characters, taken exactly as they are, that nobody would guess",
        examples=["four plain words together"],
    ),
]
GivenPassword: TypeAlias = Annotated[
    str,
    Meta(min_length=1, max_length=128, description="the present password", examples=["four plain words together"]),
]
LinkToken: TypeAlias = Annotated[
    str,
    Meta(min_length=1, max_length=100, description="what follows #token= in the link", examples=["link_0wn5.Xy"]),
]
PersonName: TypeAlias = Annotated[str, Meta(min_length=1, max_length=64, description="a name", examples=["Ada"])]
Code: TypeAlias = Annotated[
    str, Meta(min_length=6, max_length=20, description="a code of the second factor, or a recovery code",
              examples=["123456"]),
]  # fmt: skip
SessionId: TypeAlias = Annotated[
    str, Meta(pattern="^sess_[0-9a-hjkmnp-tv-z]{20}$", examples=["sess_0wn5x8k20q7gt4mz1r3c"])
]
UserId: TypeAlias = Annotated[
    str, Meta(pattern="^user_[0-9a-hjkmnp-tv-z]{20}$", examples=["user_0wn5x8k20q7gt4mz1r3c"])
]


class NewUser(Shape, frozen=True, kw_only=True):
    """Somebody who signs up."""

    email: Email
    password: Password
    name: PersonName | UnsetType = UNSET


class Said(Shape, frozen=True, kw_only=True):
    """What was done, or will be, in a sentence."""

    message: Text


class UsedLink(Shape, frozen=True, kw_only=True):
    """A link from an e-mail, opened."""

    token: LinkToken


class LogInWith(Shape, frozen=True, kw_only=True):
    """What somebody logs in with."""

    email: Email
    password: GivenPassword
    code: Code | UnsetType = UNSET


class Session(Shape, frozen=True, kw_only=True):
    """A browser that somebody has logged in with."""

    id: SessionId
    current: bool
    address: Annotated[str, Meta(description="where it began")]
    device: Annotated[str, Meta(description="what the browser called itself")]
    began_at: Moment
    seen_at: Annotated[str, Meta(description="its last use, exact to ten minutes")]
    ends_at: Annotated[str, Meta(description="when it ends unless it is used before")]


class SessionList(Shape, frozen=True, kw_only=True):
    """Open sessions, newest first."""

    items: list[Session]


class LoggedIn(Shape, frozen=True, kw_only=True):
    """Who has logged in. The session itself is in the cookie."""

    user_id: UserId
    account_id: AccountId
    email: Email
    session: Session


class EndedSessions(Shape, frozen=True, kw_only=True):
    """How many sessions were ended."""

    ended: Annotated[int, Meta(ge=0, description="a whole number", examples=[2])]
