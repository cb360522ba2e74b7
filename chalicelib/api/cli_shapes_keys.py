"""Shapes of the published command's calls about SSH keys."""

from typing import Annotated, TypeAlias

from msgspec import Meta

from chalicelib.api.cli_shapes import CliAnswer, CliShape
from chalicelib.api.shapes import KeyId, RentalId

_KeyText: TypeAlias = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=16384,
        description="the text of a .pub file",
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDyrPIQVyVtHOjyVGcXOjWW4zYWlwVN9AvJdqFYwGMGa me@laptop\n"],
    ),
]


class KeyToFind(CliShape, frozen=True, kw_only=True):
    """A public key that the account may have."""

    ssh_key: _KeyText


class KeyFound(CliAnswer, frozen=True, kw_only=True):
    """Whether the account has it."""

    is_user_has_public_key: bool
    ssh_key_pair_public_id: KeyId | None = None


class KeyToAdd(CliShape, frozen=True, kw_only=True):
    """A public key to add."""

    ssh_key: _KeyText
    note: Annotated[
        str,
        Meta(min_length=1, max_length=64, description="printable characters without brackets", examples=["laptop"]),
    ]


class KeyAdded(CliAnswer, frozen=True, kw_only=True):
    """The key that the account has now."""

    ssh_key_pair_public_id: KeyId


class KeyToAttach(CliShape, frozen=True, kw_only=True):
    """A key of the account, and the rental that is to take it."""

    instance_rented_public_id: RentalId
    ssh_public_key_public_id: KeyId


class KeyAttached(CliAnswer, frozen=True, kw_only=True):
    """The rental has the key, or takes it later."""
