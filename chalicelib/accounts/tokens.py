"""API tokens: the secret that a program or the command line shows, and what the platform keeps of it.

docs/rules.md, "Accounts". The secret is shown once; its SHA-256 is kept, which is enough for a secret of over 200 bits.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from chalicelib.accounts.names import plain_name
from chalicelib.accounts.principal import Principal
from chalicelib.clock import DAY, HOUR
from chalicelib.errors import Conflict, Invalid, LostRace, NotFound, OutcomeUnknown, Unauthenticated, Unavailable
from chalicelib.ids import Ids, is_api_token
from chalicelib.writes import Write

SHOWN_PREFIX_LENGTH = 13
"""How much of the secret stays visible, so that a person can tell which one it is."""
LONGEST_LIFE = 3650 * DAY
MOST_USABLE = 50
"""Usable tokens of one account. Two creations at once may pass it by one; it only keeps lists short."""


class Refusal(StrEnum):
    """Why a token opens nothing."""

    UNKNOWN = "unknown"
    DISABLED = "disabled"
    EXPIRED = "expired"

    @property
    def reason(self) -> str:
        """A plain clause without a full stop or brackets: clients put it into sentences and markup of their own."""
        return _REASONS[self]

    @property
    def remedy(self) -> str:
        """A sentence: what to do about it."""
        return "Copy it again, or make another." if self is Refusal.UNKNOWN else "Make another."


_REASONS = {
    Refusal.UNKNOWN: "the token is not known",
    Refusal.DISABLED: "the token has been disabled",
    Refusal.EXPIRED: "the token has expired",
}


class Origin(StrEnum):
    """How a token came to be."""

    BY_HAND = "by_hand"
    THESTAGE_LOGIN = "thestage_login"


class ApiToken(NamedTuple):
    """What is kept of a token. Moments in UTC seconds."""

    token_id: str
    account_id: str
    user_id: str
    display_name: str
    """Who it speaks for, as the command line shows it: the user's address when it was made."""
    description: str
    prefix: str
    secret_hash: str
    created_at: int
    expires_at: int | None = None
    """The first second at which it opens nothing."""
    disabled_at: int | None = None
    last_used_at: int | None = None
    """The hour of its last use, rounded down: one write an hour, however busy it is."""
    origin: Origin = Origin.BY_HAND
    maker_id: str | None = None
    """The token that asked for it, if it was not somebody in person. It opens nothing where that one does not."""

    def refusal(self, now: int) -> Refusal | None:
        """Why it opens nothing at that moment, or None when it is good."""
        if self.disabled_at is not None:
            return Refusal.DISABLED
        if self.expires_at is not None and now >= self.expires_at:
            return Refusal.EXPIRED
        return None

    def ended_at(self, now: int) -> int | None:
        """Since when it opens nothing, or None when it is good."""
        moments = (moment for moment in (self.disabled_at, self.expires_at) if moment is not None and moment <= now)
        return min(moments, default=None)

    def with_maker(self, maker: "ApiToken | None") -> "ApiToken":
        """The same, disabled since its maker was. One whose maker is gone is taken for disabled from the first."""
        if self.maker_id is None:
            return self
        ends = (self.disabled_at, maker.disabled_at if maker else self.created_at)
        return self._replace(disabled_at=min((moment for moment in ends if moment is not None), default=None))

    def use_to_record(self, now: int) -> int | None:
        """The hour to write down for a use at that moment, or None where it is already there."""
        hour = now - now % HOUR
        return hour if self.last_used_at is None or self.last_used_at < hour else None


@dataclass(frozen=True, slots=True)
class Created:
    """A new token with its secret, which nobody can see again."""

    token: ApiToken
    secret: str = field(repr=False)


class TokenOrder(NamedTuple):
    """What somebody wants of a new token."""

    account_id: str
    user_id: str
    display_name: str
    description: str
    expires_at: int | None = None
    origin: Origin = Origin.BY_HAND
    maker_id: str | None = None


class TokenStore(Protocol):
    """API tokens. Reads are consistent, so that a disabled token is refused at once."""

    def token(self, secret_hash: str) -> ApiToken | None:
        """The token with this hash, in one read of one record."""

    def token_of_account(self, account_id: str, token_id: str) -> ApiToken | None:
        """The account's token with this id."""

    def tokens(self, account_id: str) -> tuple[ApiToken, ...]:
        """All tokens of an account, newest first."""

    def adding(self, token: ApiToken) -> Sequence[Write]:
        """The writes that keep a new token."""

    def add(self, token: ApiToken) -> None:
        """Keep a new token. Raises LostRace where it is there already, OutcomeUnknown."""

    def disabling(self, token: ApiToken, moment: int) -> Sequence[Write]:
        """The writes that record when it was disabled. Committing them raises LostRace where it already is."""

    def disable(self, token: ApiToken, moment: int) -> None:
        """Record when it was disabled. Raises LostRace where it already is, OutcomeUnknown."""

    def record_use(self, token: ApiToken, hour: int) -> None:
        """Record the hour of a use, unless a later one is there. Raises LostRace, OutcomeUnknown."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The use cases of API tokens."""

    store: TokenStore
    ids: Ids

    def create(self, order: TokenOrder, now: int) -> Created:
        """A new token with its secret. Raises Invalid, Conflict when there are too many, Unavailable."""
        created = make_token(order, self.ids, now)
        self.room_for(order.account_id, now)
        try:
            self.store.add(created.token)
        except (LostRace, OutcomeUnknown):
            if self.store.token(created.token.secret_hash) is None:
                raise Unavailable("The token was not made. Try again.") from None
        return created

    def room_for(self, account_id: str, now: int) -> None:
        """Raises Conflict where the account has as many usable tokens as it may."""
        usable = [token for token in self.list(account_id) if token.refusal(now) is None]
        if len(usable) >= MOST_USABLE:
            message = f"An account has at most {MOST_USABLE} usable tokens. Disable one first."
            raise Conflict(message, code="too_many_tokens")

    def list(self, account_id: str) -> tuple[ApiToken, ...]:
        """All tokens of an account, newest first; disabled and expired ones stay in it."""
        return with_makers(self.store.tokens(account_id))

    def get(self, account_id: str, token_id: str) -> ApiToken:
        """A token of this account. Raises NotFound."""
        token = self.store.token_of_account(account_id, token_id)
        if token is None:
            raise NotFound("There is no such token.")
        return self._with_maker(token)

    def disable(self, account_id: str, token_id: str, now: int) -> ApiToken:
        """The token, disabled for good; disabling it again changes nothing. Raises NotFound, Unavailable."""
        token = self.get(account_id, token_id)
        if token.disabled_at is not None:
            return token
        try:
            self.store.disable(token, now)
        except (LostRace, OutcomeUnknown):
            seen = self.get(account_id, token_id)
            if seen.disabled_at is None:
                raise Unavailable("The token was not disabled. Try again.") from None
            return seen
        return token._replace(disabled_at=now)

    def look_up(self, secret: str, now: int) -> ApiToken | Refusal:
        """The token with this secret if it is good now, else why not. Garbage costs no read."""
        found = self.store.token(hash_of(secret)) if is_api_token(secret) else None
        if found is None:
            return Refusal.UNKNOWN
        token = self._with_maker(found)
        return token.refusal(now) or token

    def recognise(self, secret: str, now: int) -> Principal | Refusal:
        """Who calls with this secret, or why it opens nothing. One read; one write in the first call of an hour."""
        found = self.look_up(secret, now)
        if isinstance(found, Refusal):
            return found
        self._record_use(found, now)
        return Principal(found.user_id, found.account_id, found.display_name, token_id=found.token_id)

    def authenticate(self, secret: str, now: int) -> Principal:
        """Who calls with this secret.

        Raises Unauthenticated, with the codes token_unknown, token_disabled and token_expired.
        """
        found = self.recognise(secret, now)
        if isinstance(found, Refusal):
            message = f"Authentication failed: {found.reason}. {found.remedy}"
            raise Unauthenticated(message, code=f"token_{found}")
        return found

    def _with_maker(self, token: ApiToken) -> ApiToken:
        """Reads no more where it was made in person."""
        if token.maker_id is None:
            return token
        return token.with_maker(self.store.token_of_account(token.account_id, token.maker_id))

    def _record_use(self, token: ApiToken, now: int) -> None:
        """When it was used is for people to look at: a caller is never turned away because it could not be written."""
        hour = token.use_to_record(now)
        if hour is None:
            return
        try:
            self.store.record_use(token, hour)
        except (LostRace, OutcomeUnknown, Unavailable):
            return


def with_makers(listed: Sequence[ApiToken]) -> tuple[ApiToken, ...]:
    """All tokens of an account, each disabled where its maker is."""
    by_id = {token.token_id: token for token in listed}
    return tuple(token.with_maker(by_id.get(token.maker_id or "")) for token in listed)


def make_token(order: TokenOrder, ids: Ids, now: int) -> Created:
    """A new token, not yet kept anywhere. Raises Invalid."""
    description = plain_name(order.description, "The description of a token", field="description")
    expires_at = order.expires_at
    if expires_at is not None and not now < expires_at <= now + LONGEST_LIFE:
        message = "A token expires in the future and within ten years."
        raise Invalid(message, code="invalid_expiry", field="expires_at")
    secret = ids.api_token()
    token = ApiToken(
        token_id=ids.new("tokn", now),
        account_id=order.account_id,
        user_id=order.user_id,
        display_name=order.display_name,
        description=description,
        prefix=secret[:SHOWN_PREFIX_LENGTH],
        secret_hash=hash_of(secret),
        created_at=now,
        expires_at=expires_at,
        origin=order.origin,
        maker_id=order.maker_id,
    )
    return Created(token, secret)


def hash_of(secret: str) -> str:
    """What is kept of a secret: its SHA-256 in hexadecimal."""
    return hashlib.sha256(secret.encode()).hexdigest()
