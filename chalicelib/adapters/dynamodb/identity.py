"""The table `identity`: what all its items have in common, and which kinds there are.

    key                item                what
    user#<id>          user                the user
    email#<address>    email               whose address it is; its presence is the claim on it
    account#<id>       user#<id>           who belongs to the account
    account#<id>       token#<id>          which hash the token has
    token#<sha256>     token               the token, all of it: authenticating is one read and disabling one write
    account#<id>       key#<fingerprint>   the SSH key; its presence keeps it from being added twice
    user#<id>          credentials         password, second factor, linked identity
    google#<subject>   google              whose Google identity it is
    session#<sha256>   session             the session, all of it; expires
    user#<id>          session#<id>        which hash the session has; expires
    link#<id>          link                what a link in an e-mail does; expires
    throttle#<key>     throttle            tries that were counted; expires
    user#<id>          link#<id>           that there is such a link; expires
    user#<id>          roster              what was added to the user last
    account#<id>       roster              what was added to the account last
    code#<sha256>      code                what the command line may exchange for a token; expires

Every fact has one home; what stands beside it only points there. Each store's module has the items that it keeps.
`expires_at` lets DynamoDB delete an item.
"""

from typing import TypeVar

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.adapters.dynamodb.faults import reading


class Item(Model):
    """One item."""

    key = UnicodeAttribute(hash_key=True)
    item = UnicodeAttribute(range_key=True)


class PointerRecord(Item):
    """Where a fact has its home: a user's id, or the hash of a secret."""

    target = UnicodeAttribute()


class ExpiringPointer(PointerRecord):
    """A pointer that expires with what it points to."""

    expires_at = NumberAttribute()


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
