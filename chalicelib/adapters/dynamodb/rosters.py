"""Rosters in the table `identity`: what was added last to a user or an account."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.adapters.dynamodb.identity import Item, get
from chalicelib.adapters.dynamodb.transaction import Update


class RosterRecord(Item):
    """A roster. It is made by the first thing that is added."""

    newest = UnicodeAttribute(null=True)
    closed_at = NumberAttribute(null=True)


def entered(model: type[RosterRecord], key: str, newest: str) -> Update:
    """The write that enters the id of something new under `user#<id>` or `account#<id>`. Refused once it is closed."""
    return Update(model(key, "roster"), [model.newest.set(newest)], model.closed_at.does_not_exist())


def newest_of(model: type[RosterRecord], key: str) -> str | None:
    """What was added last, in one read."""
    record = get(model, key, "roster")
    return None if record is None else record.newest


def closed(model: type[RosterRecord], key: str, newest: str | None, now: int) -> Update:
    """The write that closes it for good, refused where something was added since."""
    unchanged = model.newest.does_not_exist() if newest is None else model.newest == newest
    return Update(model(key, "roster"), [model.closed_at.set(now)], unchanged & model.closed_at.does_not_exist())
