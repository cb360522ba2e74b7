"""An SshKeyStore: SSH keys in the table `identity`, each under its account."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection

from chalicelib.accounts.ssh_keys import SshKey
from chalicelib.adapters.dynamodb.identity import Item, get, listed
from chalicelib.adapters.dynamodb.rosters import RosterRecord, entered
from chalicelib.adapters.dynamodb.tables import bind
from chalicelib.adapters.dynamodb.transaction import Delete, commit, put_new


class SshKeyRecord(Item):
    """An SSH key."""

    key_id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    canonical = UnicodeAttribute()
    comment = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    created_at = NumberAttribute()


class DynamoSshKeys:
    """SSH keys. All reads are consistent."""

    def __init__(self, connection: Connection, table_name: str) -> None:
        self._connection = connection
        self._ssh_keys = bind(SshKeyRecord, table_name, connection)
        self._rosters = bind(RosterRecord, table_name, connection)

    def ssh_keys(self, account_id: str) -> tuple[SshKey, ...]:
        """All keys of an account, oldest first, by one query."""
        keys = map(_ssh_key, listed(self._ssh_keys, f"account#{account_id}", "key#"))
        return tuple(sorted(keys, key=lambda key: (key.created_at, key.key_id)))

    def ssh_key(self, account_id: str, fingerprint: str) -> SshKey | None:
        """The account's key with this fingerprint, in one read."""
        record = get(self._ssh_keys, f"account#{account_id}", f"key#{fingerprint}")
        return None if record is None else _ssh_key(record)

    def add_ssh_key(self, key: SshKey) -> None:
        """Keep a key. Raises LostRace where the account has it already or is closed, OutcomeUnknown."""
        record = self._ssh_keys(
            f"account#{key.account_id}",
            f"key#{key.fingerprint}",
            key_id=key.key_id,
            account_id=key.account_id,
            name=key.name,
            canonical=key.canonical,
            comment=key.comment,
            fingerprint=key.fingerprint,
            created_at=key.created_at,
        )
        entry = entered(self._rosters, f"account#{key.account_id}", key.key_id)
        commit(self._connection, [put_new(record), entry])

    def delete_ssh_key(self, key: SshKey) -> None:
        """Remove a key. Raises LostRace where it is gone or another, OutcomeUnknown."""
        record = self._ssh_keys(f"account#{key.account_id}", f"key#{key.fingerprint}")
        commit(self._connection, [Delete(record, self._ssh_keys.key_id == key.key_id)])


def _ssh_key(record: SshKeyRecord) -> SshKey:
    return SshKey(
        key_id=record.key_id,
        account_id=record.account_id,
        name=record.name,
        canonical=record.canonical,
        comment=record.comment,
        fingerprint=record.fingerprint,
        created_at=int(record.created_at),
    )
