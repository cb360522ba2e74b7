"""Shapes of API tokens, SSH keys and notifications."""

from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from chalicelib.accounts.tokens import Origin
from chalicelib.api.shapes import Instant, KeyId, MessageId, Moment, NextCursor, RentalId, Shape, Text, TokenId
from chalicelib.notices.messages import MailState, Topic

_Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="printable characters without brackets",
        examples=["laptop"],
    ),
]


class NewKey(Shape, frozen=True, kw_only=True):
    """A public key to add."""

    name: _Name
    public_key: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=16384,
            description="the line of a .pub file",
            examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyrPIQVyVtHOjyVGcXOjWW4zYWlwVN9AvJdqFYwGMGa me@laptop"],
        ),
    ]


class Key(Shape, frozen=True, kw_only=True):
    """An SSH key of the account."""

    id: KeyId
    name: Text
    type: Annotated[str, Meta(examples=["ssh-ed25519"])]
    public_key: Annotated[str, Meta(description="type and key, without the comment")]
    comment: Text
    fingerprint: Annotated[str, Meta(pattern="^SHA256:[A-Za-z0-9+/]{43}$")]
    created_at: Moment
    used_by: Annotated[list[RentalId], Meta(description="the live rentals that were given this key")]


class KeyToGenerate(Shape, frozen=True, kw_only=True):
    """A key to generate."""

    name: _Name


class KeyWithPrivate(Key, frozen=True, kw_only=True):
    """A new key. This is the only time that its private half is shown."""

    private_key: Annotated[str, Meta(description="in OpenSSH's form, without a passphrase")]


class KeyList(Shape, frozen=True, kw_only=True):
    """The SSH keys of the account, oldest first."""

    items: list[Key]


class NewToken(Shape, frozen=True, kw_only=True):
    """A token to make."""

    description: _Name
    expires_at: Instant | UnsetType = UNSET


class TokenState(StrEnum):
    """Whether a token opens anything."""

    ACTIVE = "active"
    DISABLED = "disabled"
    EXPIRED = "expired"


class Token(Shape, frozen=True, kw_only=True):
    """An API token, without its secret."""

    id: TokenId
    description: Text
    prefix: Annotated[str, Meta(description="the first characters of the secret", examples=["tsai_api_3kXz"])]
    state: TokenState
    created_at: Moment
    expires_at: Moment | None
    disabled_at: Moment | None
    last_used_at: Annotated[Moment | None, Meta(description="the hour of its last use")]
    ended_at: Annotated[Moment | None, Meta(description="since when it opens nothing; null while it is active")]
    made_by: Annotated[Origin, Meta(description="by hand, or by `thestage login`")]
    made_by_token: Annotated[TokenId | None, Meta(description="the token that asked for it, which it does not outlive")]


class TokenWithSecret(Token, frozen=True, kw_only=True):
    """A new token. This is the only time that its secret is shown."""

    secret: str


class TokenList(Shape, frozen=True, kw_only=True):
    """All tokens of the account, newest first; disabled and expired ones stay in it."""

    items: list[Token]


class Notification(Shape, frozen=True, kw_only=True):
    """One thing that the account's owner was told."""

    id: MessageId
    topic: Topic
    title: Text
    body: Text
    created_at: Moment
    email: MailState
    email_sent_at: Moment | None


class NotificationPage(Shape, frozen=True, kw_only=True):
    """Notifications, newest first."""

    items: list[Notification]
    next_cursor: NextCursor
