"""SSH keys of an account: adding, finding, deleting.

docs/rules.md, "Accounts". A key is on an account once, whatever its comment: the store holds it under its fingerprint.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.accounts.names import plain_name
from chalicelib.accounts.public_key import PublicKey, parse_public_key
from chalicelib.errors import Conflict, Invalid, LostRace, NotFound, OutcomeUnknown, Unavailable
from chalicelib.ids import Ids

MOST_KEYS = 100
LONGEST_TOGETHER = 12_000
"""Characters of all of an account's keys: a server's first start carries them, and a provider gives that 16 KB.

Both limits are read before a key is added, so that two additions at once may pass them by one key.
"""


@dataclass(frozen=True, slots=True)
class SshKey:
    """A public key on an account. `name` is its owner's; `created_at` in UTC seconds."""

    key_id: str
    account_id: str
    name: str
    canonical: str
    comment: str
    fingerprint: str
    created_at: int

    @property
    def key_type(self) -> str:
        """ssh-ed25519 and so on."""
        return self.canonical.partition(" ")[0]


class SshKeyStore(Protocol):
    """Keys of accounts, by fingerprint. Reads are consistent."""

    def ssh_keys(self, account_id: str) -> tuple[SshKey, ...]:
        """All keys of an account, oldest first, by one query."""

    def ssh_key(self, account_id: str, fingerprint: str) -> SshKey | None:
        """The account's key with this fingerprint, in one read."""

    def add_ssh_key(self, key: SshKey) -> None:
        """Keep a key. Raises LostRace where the account has it already, OutcomeUnknown."""

    def delete_ssh_key(self, key: SshKey) -> None:
        """Remove a key. Raises LostRace where it is gone or another, OutcomeUnknown."""


class KeyInspector(Protocol):
    """A second opinion on a key: a cryptographic library's."""

    def takes(self, key: PublicKey) -> bool:
        """Whether the library reads the key as the same key. True for types it does not know."""


@dataclass(frozen=True, slots=True)
class SshKeys:
    """The use cases of SSH keys."""

    store: SshKeyStore
    inspector: KeyInspector
    ids: Ids

    def add(self, account_id: str, text: str, name: str, now: int) -> SshKey:
        """The key of one line of text, on the account under a name. Raises Invalid, Conflict, Unavailable."""
        plain = plain_name(name, "The name of a key", field="name")
        parsed = self._checked(text)
        self._room_for(account_id, parsed)
        key_id = self.ids.new("key", now)
        key = SshKey(key_id, account_id, plain, parsed.canonical, parsed.comment, parsed.fingerprint, now)
        try:
            self.store.add_ssh_key(key)
        except (LostRace, OutcomeUnknown):
            self._must_be_ours(key)
        return key

    def list(self, account_id: str) -> tuple[SshKey, ...]:
        """All keys of an account, oldest first."""
        return self.store.ssh_keys(account_id)

    def get(self, account_id: str, key_id: str) -> SshKey:
        """A key of this account. Raises NotFound."""
        return self.choose(account_id, [key_id])[0]

    def choose(self, account_id: str, key_ids: Sequence[str]) -> tuple[SshKey, ...]:
        """These keys of this account, in their order, by one query. Raises NotFound if it lacks one of them."""
        known = {key.key_id: key for key in self.store.ssh_keys(account_id)}
        if any(key_id not in known for key_id in key_ids):
            raise NotFound("There is no such SSH key.")
        return tuple(known[key_id] for key_id in key_ids)

    def find(self, account_id: str, text: str) -> SshKey | None:
        """The account's key that this text is, whatever its comment. Raises Invalid for a text that is no key."""
        return self.store.ssh_key(account_id, parse_public_key(text).fingerprint)

    def delete(self, account_id: str, key_id: str) -> None:
        """Take a key off the account. Servers drop it with their next heartbeat. Raises NotFound, Unavailable."""
        key = self.get(account_id, key_id)
        try:
            self.store.delete_ssh_key(key)
        except (LostRace, OutcomeUnknown):
            seen = self.store.ssh_key(account_id, key.fingerprint)
            if seen is not None and seen.key_id == key_id:
                raise Unavailable("The key was not deleted. Try again.") from None

    def _checked(self, text: str) -> PublicKey:
        parsed = parse_public_key(text)
        if not self.inspector.takes(parsed):
            raise Invalid("This is not a working public key.", code="invalid_ssh_key", field="public_key")
        return parsed

    def _room_for(self, account_id: str, parsed: PublicKey) -> None:
        keys = self.store.ssh_keys(account_id)
        for key in keys:
            if key.fingerprint == parsed.fingerprint:
                raise _already_there(key)
        together = sum(len(key.canonical) for key in keys) + len(parsed.canonical)
        if len(keys) >= MOST_KEYS or together > LONGEST_TOGETHER:
            raise Conflict("The account has as many SSH keys as fit on a server. Delete one.", code="too_many_keys")

    def _must_be_ours(self, key: SshKey) -> None:
        """After a write that lost or got no answer: whose key is there now decides."""
        seen = self.store.ssh_key(key.account_id, key.fingerprint)
        if seen is None:
            raise Unavailable("The key was not added. Try again.")
        if seen.key_id != key.key_id:
            raise _already_there(seen)


def _already_there(key: SshKey) -> Conflict:
    return Conflict(f'This key is already on the account, as "{key.name}".', code="duplicate_key", field="public_key")
