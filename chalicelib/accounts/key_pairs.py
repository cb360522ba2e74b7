"""SSH keys that the platform makes. docs/rules.md, "Accounts". The private half is told once and kept nowhere."""

from dataclasses import dataclass, field
from typing import Protocol

from chalicelib.accounts.ssh_keys import SshKey, SshKeys
from chalicelib.ids import Ids

SEED_LENGTH = 32


@dataclass(frozen=True, slots=True)
class KeyPair:
    """Both halves of a new key. The private one is in OpenSSH's own form, without a passphrase."""

    public_line: str
    private_text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GeneratedKey:
    """A key on the account with its private half, which nobody can see again."""

    key: SshKey
    private_text: str = field(repr=False)


class KeyMaker(Protocol):
    """Makes Ed25519 pairs: a cryptographic library."""

    def pair(self, seed: bytes) -> KeyPair:
        """The pair of 32 random bytes."""


@dataclass(frozen=True, slots=True)
class KeyPairs:
    """The use case of making one."""

    keys: SshKeys
    maker: KeyMaker
    ids: Ids

    def generate(self, account_id: str, name: str, now: int) -> GeneratedKey:
        """A new key on the account, with its private half. Raises Invalid, Conflict, Unavailable."""
        pair = self.maker.pair(self.ids.key(SEED_LENGTH))
        return GeneratedKey(self.keys.add(account_id, pair.public_line, name, now), pair.private_text)
