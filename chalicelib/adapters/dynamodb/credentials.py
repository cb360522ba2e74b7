"""Credentials in the table `identity`: one item for each user, and a claim on each linked Google identity."""

from collections.abc import Sequence

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.credentials import Credentials
from chalicelib.adapters.dynamodb.fields import moment_or_none
from chalicelib.adapters.dynamodb.identity import Item, PointerRecord, get
from chalicelib.adapters.dynamodb.tables import bind, is_absent
from chalicelib.adapters.dynamodb.transaction import Delete, Put, TableWrite, put_new


class CredentialsRecord(Item):
    """What a user can prove themselves by."""

    user_id = UnicodeAttribute()
    password_hash = UnicodeAttribute(null=True)
    reset_link_id = UnicodeAttribute(null=True)
    email_link_id = UnicodeAttribute(null=True)
    google_subject = UnicodeAttribute(null=True)
    totp_sealed = UnicodeAttribute(null=True)
    totp_since = NumberAttribute(null=True)
    totp_last_step = NumberAttribute()
    recovery_hashes = ListAttribute[str]()
    version = NumberAttribute()


class DynamoCredentials:
    """A CredentialStore. All reads are consistent."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._credentials = bind(CredentialsRecord, table_name, connection)
        self._pointers = bind(PointerRecord, table_name, connection)

    def credentials(self, user_id: str) -> Credentials | None:
        """A user's, in one read."""
        record = get(self._credentials, f"user#{user_id}", "credentials")
        return None if record is None else _credentials(record)

    def user_of_google(self, subject: str) -> str | None:
        """The id of the user whom a Google identity lets in, in one read."""
        pointer = get(self._pointers, f"google#{subject}", "google")
        return None if pointer is None else pointer.target

    def replacing(self, before: Credentials | None, after: Credentials) -> Sequence[TableWrite]:
        """The writes that put `after` in the place of what was read; the claims on Google identities go with it."""
        model = self._credentials
        record = model(
            f"user#{after.user_id}",
            "credentials",
            user_id=after.user_id,
            password_hash=after.password_hash,
            reset_link_id=after.reset_link_id,
            email_link_id=after.email_link_id,
            google_subject=after.google_subject,
            totp_sealed=after.totp_sealed,
            totp_since=after.totp_since,
            totp_last_step=after.totp_last_step,
            recovery_hashes=list(after.recovery_hashes),
            version=(before.version if before else 0) + 1,
        )
        unchanged = is_absent(model) if before is None else model.version == before.version
        return [Put(record, unchanged), *self._claims(before, after)]

    def removing(self, credentials: Credentials) -> Sequence[TableWrite]:
        """The writes that remove them and the claim."""
        model = self._credentials
        gone = Delete(model(f"user#{credentials.user_id}", "credentials"), model.version == credentials.version)
        return [gone, *self._claims(credentials, None)]

    def _claims(self, before: Credentials | None, after: Credentials | None) -> list[TableWrite]:
        old, new = (each.google_subject if each else None for each in (before, after))
        writes: list[TableWrite] = []
        if old is not None and old != new:
            writes.append(Delete(self._pointers(f"google#{old}", "google"), None))
        if after is not None and new is not None and old != new:
            writes.append(put_new(self._pointers(f"google#{new}", "google", target=after.user_id)))
        return writes


def _credentials(record: CredentialsRecord) -> Credentials:
    return Credentials(
        user_id=record.user_id,
        password_hash=record.password_hash,
        reset_link_id=record.reset_link_id,
        email_link_id=record.email_link_id,
        google_subject=record.google_subject,
        totp_sealed=record.totp_sealed,
        totp_since=moment_or_none(record.totp_since),
        totp_last_step=int(record.totp_last_step),
        recovery_hashes=tuple(record.recovery_hashes or ()),
        version=int(record.version),
    )
