"""Closing one's account. docs/rules.md, "Closing an account".

Once its owner has proven themselves, what opens nothing goes first, in steps that are safe to repeat; then one
transaction is the decision. Whoever dies on the way, or is refused, can ask again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.accounts.belongings import BelongingsStore, Unprepared
from chalicelib.accounts.credentials import CredentialStore
from chalicelib.accounts.lines import Beside
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.proof import Given, Proof
from chalicelib.accounts.reauthentication import Reauthentication
from chalicelib.accounts.told import Teller, Told
from chalicelib.accounts.users import Users
from chalicelib.errors import LostRace, OutcomeUnknown, Unavailable
from chalicelib.writes import Write

TURNS = 8


class ClosingLines(Protocol):
    """The account's line, as far as its closing goes. It is billing's; bootstrap joins the two."""

    def check(self, account_id: str, forfeit: int | None) -> None:
        """Raises Conflict for what keeps the account open: what is live, money on its way, a balance."""

    def book_ended(self, account_id: str) -> None:
        """Book the use of what has ended. Safe to repeat."""

    def close(self, account_id: str, forfeit: int | None, beside: Beside) -> None:
        """Close it in one transaction with what stands beside. Raises Conflict, Unprepared, what `beside` raises."""


class Servers(Protocol):
    """Servers, as far as the closing of their account goes. They are another slice's; bootstrap joins the two."""

    def check_gone(self, account_id: str) -> None:
        """Raises Conflict while one is still there at the provider."""

    def let_go(self, account_id: str) -> None:
        """Remove those of the account's own. Safe to repeat."""

    def has_own(self, account_id: str) -> bool:
        """Whether the account has one of its own."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The use case of an account's owner."""

    users: Users
    credentials: CredentialStore
    reauthentication: Reauthentication
    belongings: BelongingsStore
    lines: ClosingLines
    servers: Servers
    teller: Teller

    def close(self, who: Principal, given: Given, forfeit: int | None, now: int) -> None:
        """Close the account for good. `forfeit`, in micro-dollars, is what its owner knows to give up.

        Raises what Reauthentication raises, Conflict for what keeps it open, and Unavailable.
        """
        proof = self.reauthentication.ask(who, given, now)
        self.lines.check(who.account_id, forfeit)
        self.servers.check_gone(who.account_id)
        self.reauthentication.take(proof, now)
        for _ in range(TURNS):
            try:
                self._make_ready(who, now)
                return self.lines.close(who.account_id, forfeit, lambda: self._ended(proof, now))
            except (Unprepared, LostRace, OutcomeUnknown):
                continue
        raise Unavailable("Too many changes at once. The account is not closed; try again in a moment.")

    def _make_ready(self, who: Principal, now: int) -> None:
        found = self.belongings.read(who)
        if not found.is_ready(now):
            self.belongings.remove_harmless(who, found, now)
        self.servers.let_go(who.account_id)
        self.lines.book_ended(who.account_id)

    def _ended(self, proof: Proof, now: int) -> Sequence[Write]:
        """All that ends with the account. The address that it had is told."""
        who = proof.who
        found = self.belongings.read(who)
        if not found.is_ready(now) or self.servers.has_own(who.account_id):
            raise Unprepared
        user = self.users.get(who.user_id)
        before = self.reauthentication.take(proof, now).before
        return [
            *self.belongings.ending(user, found, now),
            *(self.credentials.removing(before) if before else ()),
            self.teller.telling(who.account_id, Told.ACCOUNT_CLOSED, now, {"closed_at": now}, to=user.email),
        ]
