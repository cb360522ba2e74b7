"""Enrolment: turning the second factor on and off, and its recovery codes. docs/rules.md, "Accounts"."""

from base64 import b32encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chalicelib.accounts.credentials import CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.proof import Given
from chalicelib.accounts.reauthentication import Proven, Reauthentication
from chalicelib.accounts.second_factor import RECOVERY_CODES, SecondFactor, recovery_hash
from chalicelib.accounts.throttle import CODE_BY_USER, Throttle
from chalicelib.accounts.told import Teller, Told
from chalicelib.accounts.users import User, UserStore
from chalicelib.accounts.verified import not_verified
from chalicelib.errors import Conflict, Forbidden
from chalicelib.ids import Ids
from chalicelib.writes import Write

SECRET_BYTES = 20
"""RFC 4226 recommends 160 bits."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the authenticator app is given, once."""

    secret: str = field(repr=False)
    uri: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The use cases of somebody who wants a second factor, or no longer."""

    users: UserStore
    credentials: CredentialStore
    second_factor: SecondFactor
    reauthentication: Reauthentication
    throttle: Throttle
    teller: Teller
    decisions: Decisions
    ids: Ids

    def begin(self, who: Principal, password: str | None, now: int) -> Enrolled:
        """A new secret. It counts for nothing before a code of it has come back.

        Raises Conflict with second_factor_on, Forbidden with email_not_verified and what Reauthentication raises.
        """
        user = self._verified(who)
        self._must_be_off(who)
        proof = self.reauthentication.ask(who, Given(password), now)
        secret = b32encode(self.ids.key(SECRET_BYTES)).decode()
        sealed = self.second_factor.sealer.seal(secret, who.user_id)

        def begun() -> Decided[None]:
            proven = self.reauthentication.take(proof, now)
            if proven.after.has_second_factor:
                raise _is_on()
            after = replace(proven.after, totp_sealed=sealed, totp_last_step=0)
            return Decided(None, [*self.credentials.replacing(proven.before, after), *proven.told])

        self.decisions.carry_out(begun)
        return Enrolled(secret, self.second_factor.codes.uri(secret, user.email))

    def confirm(self, who: Principal, code: str, now: int) -> Sequence[str]:
        """The app works: from now on the second factor is on. Ten recovery codes, which nobody can see again.

        Raises Conflict with second_factor_on and second_factor_not_begun, Forbidden with wrong_code.
        """
        self.throttle.take(CODE_BY_USER, who.user_id, now)
        codes, hashes = self._recovery_codes()
        self.decisions.carry_out(lambda: self._confirmed(who, code, hashes, now))
        self.throttle.forget(CODE_BY_USER, who.user_id)
        return codes

    def renew(self, who: Principal, given: Given, now: int) -> Sequence[str]:
        """Ten new recovery codes in the place of those before. Raises Conflict with second_factor_off."""
        if not self._is_on(who):
            raise Conflict("Your second factor is off: it has no recovery codes.", code="second_factor_off")
        proof = self.reauthentication.ask(who, given, now)
        codes, hashes = self._recovery_codes()

        def renewed() -> Decided[None]:
            known = self.credentials.credentials(who.user_id)
            if known is not None and known.recovery_hashes == hashes:
                return Decided(None)
            proven = self.reauthentication.take(proof, now)
            proven = replace(proven, after=replace(proven.after, recovery_hashes=hashes))
            return Decided(None, self._telling(who, proven, Told.RECOVERY_CODES_MADE, now))

        self.decisions.carry_out(renewed)
        self.reauthentication.succeeded(proof)
        return codes

    def turn_off(self, who: Principal, given: Given, now: int) -> None:
        """From now on the password alone lets in. Turning it off again changes nothing."""
        proof = self.reauthentication.ask(who, given, now)

        def off() -> Decided[bool]:
            if not self._is_on(who):
                return Decided(False)
            proven = self.reauthentication.take(proof, now)
            bare = replace(proven.after, totp_sealed=None, totp_since=None, totp_last_step=0, recovery_hashes=())
            return Decided(True, self._telling(who, replace(proven, after=bare), Told.SECOND_FACTOR_OFF, now))

        if self.decisions.carry_out(off):
            self.reauthentication.succeeded(proof)

    def _confirmed(self, who: Principal, code: str, hashes: tuple[str, ...], now: int) -> Decided[None]:
        before = self.credentials.credentials(who.user_id)
        if before is None or before.totp_sealed is None:
            raise Conflict("Begin with a new secret first.", code="second_factor_not_begun")
        if before.has_second_factor:
            if before.recovery_hashes == hashes:
                return Decided(None)
            raise _is_on()
        after = self.second_factor.after_code(before, code, now)
        if after is None:
            message = "The code is wrong. Check that your phone's clock is right, and send the next one."
            raise Forbidden(message, code="wrong_code")
        on = replace(after, totp_since=now, recovery_hashes=hashes)
        return Decided(None, self._telling(who, Proven(before, on, ()), Told.SECOND_FACTOR_ON, now))

    def _telling(self, who: Principal, proven: Proven, what: Told, now: int) -> list[Write]:
        changed = self.credentials.replacing(proven.before, proven.after)
        return [*changed, *proven.told, self.teller.telling(who.account_id, what, now, {"changed_at": now})]

    def _recovery_codes(self) -> tuple[Sequence[str], tuple[str, ...]]:
        codes = [self.ids.recovery_code() for _ in range(RECOVERY_CODES)]
        return codes, tuple(map(recovery_hash, codes))

    def _is_on(self, who: Principal) -> bool:
        known = self.credentials.credentials(who.user_id)
        return known is not None and known.has_second_factor

    def _must_be_off(self, who: Principal) -> None:
        if self._is_on(who):
            raise _is_on()

    def _verified(self, who: Principal) -> User:
        """Somebody whose mailbox is proven: else another could lock its owner out before they come."""
        user = self.users.user(who.user_id)
        if user is None or not user.email_verified:
            raise not_verified()
        return user


def _is_on() -> Conflict:
    return Conflict("Your second factor is on already. Turn it off first to begin with another phone.",
                    code="second_factor_on")  # fmt: skip
