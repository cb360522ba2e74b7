"""What all items of the table `identity` have in common. docs/architecture.md, "Tables"; its kinds of item:

    key                 item                  what                                                      module
    user#<id>           user                  the user                                                  identity
    email#<address>     email                 whose address it is; its presence is the claim on it      identity
    account#<id>        user#<id>             who belongs to the account                                identity
    account#<id>        token#<id>            which hash the token has                                  identity
    account#<id>        key#<fingerprint>     the SSH key; its presence keeps it from being added twice identity
    token#<sha256>      token                 the token, all of it                                      identity
    user#<id>           credentials           password, second factor, linked identity                  credentials
    google#<subject>    google                whose Google identity it is                               credentials
    session#<sha256>    session               the session, all of it (expires)                          sessions
    user#<id>           session#<id>          which hash the session has (expires)                      sessions
    link#<id>           link                  what a link in an e-mail does (expires)                   links
    throttle#<key>      throttle              tries that were counted (expires)                         throttles
    code#<sha256>       code                  what the command line may exchange for a token (expires)  grants

Every fact has one home; what stands beside it only points there. `expires_at` lets DynamoDB delete an item.
"""

from typing import TypeVar

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading


class Item(Model):
    """One item."""

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)


class PointerRecord(Item):
    """Where a fact has its home: a user's id, or the hash of a secret."""

    target = UnicodeAttribute()


R = TypeVar("R", bound=Item)


def get(model: type[R], key: str, item: str) -> R | None:
    """One consistent read."""
    with reading():
        try:
            return model.get(key, item, consistent_read=True)
        except model.DoesNotExist:
            return None


def listed(model: type[R], key: str, prefix: str) -> list[R]:
    """The items of a key whose names begin so, by one consistent query."""
    with reading():
        return list(model.query(key, model.item.startswith(prefix), consistent_read=True))


def moment(number: float | None) -> int | None:
    """A moment of a record."""
    return None if number is None else int(number)
