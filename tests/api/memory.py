"""Identity, rentals and messages in the memory of the books, so that one look at it sees all that a request changed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chalicelib.accounts.public_key import PublicKey
from chalicelib.accounts.ssh_keys import SshKey
from chalicelib.accounts.tokens import ApiToken
from chalicelib.errors import LostRace, NotFound
from chalicelib.instances.rental import Rental
from chalicelib.instances.store import Remembered, RentalPage
from chalicelib.notices.delivery import Notice, awaiting
from chalicelib.notices.store import NoticePage
from chalicelib.writes import Write
from tests.billing.memory_books import Key, MemoryBooks, MemoryWrite


class MemoryTokens:
    """A TokenStore."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def token(self, secret_hash: str) -> ApiToken | None:
        return self._books.records.get(_token_key(secret_hash))

    def token_of_account(self, account_id: str, token_id: str) -> ApiToken | None:
        return next((token for token in self.tokens(account_id) if token.token_id == token_id), None)

    def tokens(self, account_id: str) -> tuple[ApiToken, ...]:
        mine = [one for one in self._books.records.values() if isinstance(one, ApiToken)]
        return tuple(sorted((one for one in mine if one.account_id == account_id), key=_newest_token))

    def adding(self, token: ApiToken) -> Sequence[Write]:
        return [MemoryWrite(_token_key(token.secret_hash), token, None)]

    def add(self, token: ApiToken) -> None:
        self._books.commit(None, self.adding(token))

    def disabling(self, token: ApiToken, moment: int) -> Sequence[Write]:
        raise NotImplementedError("Nothing here disables a token with something else.")

    def disable(self, token: ApiToken, moment: int) -> None:
        self._replace(token._replace(disabled_at=moment))

    def record_use(self, token: ApiToken, hour: int) -> None:
        self._replace(token._replace(last_used_at=hour))

    def _replace(self, token: ApiToken) -> None:
        self._books.records[_token_key(token.secret_hash)] = token


class MemoryKeys:
    """An SshKeyStore."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def ssh_keys(self, account_id: str) -> tuple[SshKey, ...]:
        mine = [one for one in self._books.records.values() if isinstance(one, SshKey)]
        return tuple(sorted((one for one in mine if one.account_id == account_id), key=lambda key: key.key_id))

    def ssh_key(self, account_id: str, fingerprint: str) -> SshKey | None:
        return self._books.records.get(("keys", account_id, fingerprint))

    def add_ssh_key(self, key: SshKey) -> None:
        self._books.commit(None, [MemoryWrite(("keys", key.account_id, key.fingerprint), key, None)])

    def delete_ssh_key(self, key: SshKey) -> None:
        if self._books.records.pop(("keys", key.account_id, key.fingerprint), None) is None:
            raise LostRace("It is gone.")


class Trusting:
    """A KeyInspector that takes every key; the real one has tests of its own."""

    def takes(self, key: PublicKey) -> bool:
        return True


class MemoryRentals:
    """A RentalStore."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def rental(self, account_id: str, rental_id: str) -> Rental:
        found = self._books.records.get(_rental_key(account_id, rental_id))
        if found is None:
            raise NotFound("You have no rental with this id.")
        rental: Rental = found
        return rental

    def page(self, account_id: str, before: str | None, limit: int) -> RentalPage:
        mine = [one for one in self.all() if one.account_id == account_id]
        newest = sorted(mine, key=lambda rental: rental.rental_id, reverse=True)
        rest = [one for one in newest if before is None or one.rental_id < before]
        return RentalPage(tuple(rest[:limit]), rest[limit - 1].rental_id if len(rest) > limit else None)

    def writing(self, before: Rental | None, after: Rental) -> Write:
        version = None if before is None else before.version
        stamped = replace(after, version=(version or 0) + 1)
        return MemoryWrite(_rental_key(after.account_id, after.rental_id), stamped, version)

    def save(self, before: Rental, after: Rental) -> None:
        self._books.commit(None, [self.writing(before, after)])

    def due(self, shard: int, now: int) -> Iterator[tuple[str, str, int]]:
        return iter(())

    def remembered(self, account_id: str, key: str) -> Remembered | None:
        return self._books.records.get(_idempotency_key(account_id, key))

    def remembering(self, account_id: str, key: str, remembered: Remembered, now: int) -> Write:
        return MemoryWrite(_idempotency_key(account_id, key), remembered, None)

    def all(self) -> Iterator[Rental]:
        return iter([one for one in self._books.records.values() if isinstance(one, Rental)])


class MessagesOfBooks:
    """The part of a NoticesStore that lists: what the books have written, none of it sent yet."""

    def __init__(self, books: MemoryBooks) -> None:
        self._books = books

    def page(self, account_id: str, before: str | None, limit: int) -> NoticePage:
        newest = sorted(self._books.messages(account_id), key=lambda message: message.message_id, reverse=True)
        rest = [one for one in newest if before is None or one.message_id < before]
        notices = tuple(Notice(message, awaiting(message)) for message in rest[:limit])
        return NoticePage(notices, rest[limit - 1].message_id if len(rest) > limit else None)


def _token_key(secret_hash: str) -> Key:
    return ("tokens", secret_hash, "")


def _rental_key(account_id: str, rental_id: str) -> Key:
    return ("rentals", account_id, rental_id)


def _idempotency_key(account_id: str, key: str) -> Key:
    return ("idempotency", account_id, key)


def _newest_token(token: ApiToken) -> tuple[int, str]:
    return (-token.created_at, token.token_id)
