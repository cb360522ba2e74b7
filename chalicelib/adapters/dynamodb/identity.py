"""The table `identity`: users, API tokens, SSH keys.

    key                 item                  what
    user#<id>           user                  the user
    email#<address>     email                 whose address it is; its presence is the claim on it
    account#<id>        user#<id>             who belongs to the account
    account#<id>        token#<id>            which hash the token has
    account#<id>        key#<fingerprint>     the SSH key; its presence keeps it from being added twice
    token#<sha256>      token                 the token, all of it: authenticating is one read and disabling one write

Every fact has one home; what stands under the account beside it only points there.
"""

from typing import TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading


class Item(Model):
    """What every item has."""

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)


class PointerRecord(Item):
    """Where a fact has its home: a user's id, or a token's hash."""

    target = UnicodeAttribute()


_I = TypeVar("_I", bound=Item)


def get(model: type[_I], key: str, item: str) -> _I | None:
    """One consistent GetItem."""
    with reading():
        try:
            return model.get(key, item, consistent_read=True)
        except model.DoesNotExist:
            return None


def listed(model: type[_I], account_id: str, prefix: str) -> list[_I]:
    """What an account has of one kind, by one consistent Query."""
    with reading():
        return list(model.query(f"account#{account_id}", model.item.startswith(prefix), consistent_read=True))
