"""One-time links in the table `identity`. A used one stays until it expires, so that a second use is told apart."""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.links import Link, Purpose
from chalicelib.accounts.users import NOBODY
from chalicelib.adapters.dynamodb.fields import moment_or_none
from chalicelib.adapters.dynamodb.identity import ExpiringPointer, Item, get, listed
from chalicelib.adapters.dynamodb.rosters import RosterRecord, entered
from chalicelib.adapters.dynamodb.tables import bind, is_present
from chalicelib.adapters.dynamodb.transaction import Delete, TableWrite, Update, put_new


class LinkRecord(Item):
    """A link. What opens it is signed and stands in no table."""

    link_id = UnicodeAttribute()
    purpose = UnicodeAttribute()
    user_id = UnicodeAttribute()
    email = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)
    created_at = NumberAttribute()
    used_at = NumberAttribute(null=True)
    expires_at = NumberAttribute()


class DynamoLinks:
    """A LinkStore."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._links = bind(LinkRecord, table_name, connection)
        self._pointers = bind(ExpiringPointer, table_name, connection)
        self._rosters = bind(RosterRecord, table_name, connection)

    def link(self, link_id: str) -> Link | None:
        """The link, in one read."""
        record = get(self._links, f"link#{link_id}", "link")
        return None if record is None else _link(record)

    def sending(self, link: Link) -> Sequence[TableWrite]:
        """The writes that keep a new link. Refused where its user's account is closed. Nobody's are kept alone."""
        record = self._links(
            f"link#{link.link_id}",
            "link",
            link_id=link.link_id,
            purpose=str(link.purpose),
            user_id=link.user_id,
            email=link.email,
            password_hash=link.password_hash,
            created_at=link.created_at,
            used_at=link.used_at,
            expires_at=link.expires_at,
        )
        if link.user_id == NOBODY:
            return [put_new(record)]
        key = f"user#{link.user_id}"
        pointer = self._pointers(key, f"link#{link.link_id}", target=link.link_id, expires_at=link.expires_at)
        return [put_new(record), put_new(pointer), entered(self._rosters, key, link.link_id)]

    def of_user(self, user_id: str) -> tuple[Link, ...]:
        """A user's links that have not expired, used or not: a query, and a read for each."""
        found = (self.link(pointer.target) for pointer in listed(self._pointers, f"user#{user_id}", "link#"))
        return tuple(link for link in found if link is not None)

    def removing(self, link: Link) -> Sequence[TableWrite]:
        """The writes that remove one, whether or not it is there."""
        pointer = self._pointers(f"user#{link.user_id}", f"link#{link.link_id}")
        return [Delete(self._links(f"link#{link.link_id}", "link"), None), Delete(pointer, None)]

    def using(self, link: Link, now: int) -> Sequence[TableWrite]:
        """The write that uses it up. Committing it raises LostRace where it has been."""
        model = self._links
        record = model(f"link#{link.link_id}", "link")
        unused = is_present(model) & model.used_at.does_not_exist()
        return [Update(record, [model.used_at.set(now), model.password_hash.remove()], unused)]


def _link(record: LinkRecord) -> Link:
    return Link(
        link_id=record.link_id,
        purpose=Purpose(record.purpose),
        user_id=record.user_id,
        email=record.email,
        created_at=int(record.created_at),
        password_hash=record.password_hash,
        used_at=moment_or_none(record.used_at),
    )
