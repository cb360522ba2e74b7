"""Another e-mail address. docs/rules.md, "Accounts".

It takes both mailboxes: the new one opens the link, the old one is told at once and can stop it. Whoever asks does not
learn whether somebody else has the new address: the answer and the calls are the same, and so is what the old mailbox
gets. What differs is the letter to the new one.
"""

from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.links import Link, Links, Purpose, spent
from chalicelib.accounts.principal import Client, Principal
from chalicelib.accounts.proof import Given, Proof
from chalicelib.accounts.reauthentication import Reauthentication
from chalicelib.accounts.throttle import MAIL_BY_ACCOUNT, MAIL_BY_ADDRESS, Throttle
from chalicelib.accounts.told import Teller, Told
from chalicelib.accounts.users import User, Users, normal_email
from chalicelib.accounts.verified import not_verified
from chalicelib.errors import Conflict, Invalid
from chalicelib.writes import Write


@dataclass(frozen=True, slots=True)
class EmailChange:
    """The use cases of a change of address."""

    users: Users
    credentials: CredentialStore
    links: Links
    reauthentication: Reauthentication
    throttle: Throttle
    teller: Teller
    decisions: Decisions

    def ask(self, who: Principal, email: str, given: Given, client: Client, now: int) -> None:
        """Send a link to the new address, and word to the old one.

        Raises Invalid with invalid_email, Forbidden with email_not_verified, TooManyRequests, and what Reauthentication
        raises.
        """
        address = normal_email(email)
        user = self.users.get(who.user_id)
        if not user.email_verified:
            raise not_verified()
        if address == user.email:
            raise Invalid("This is your address already.", code="invalid_email", field="email")
        proof = self.reauthentication.ask(who, given, now)
        self.throttle.take(MAIL_BY_ADDRESS, client.network, now)
        self.throttle.take(MAIL_BY_ACCOUNT, address, now)
        link = self.links.new(Purpose.CHANGE_EMAIL, user.user_id, address, now)
        self.decisions.carry_out(lambda: self._asked(proof, link, now))
        self.reauthentication.succeeded(proof)

    def confirm(self, token: str, now: int) -> User:
        """Use the link: from now on this is the address. Using it again changes nothing.

        Raises Invalid for a spent link, Conflict with email_taken, and Unavailable.
        """
        link = self.links.find(token, Purpose.CHANGE_EMAIL, now)
        return self.decisions.carry_out(lambda: self._confirmed(link, now))

    def _asked(self, proof: Proof, link: Link, now: int) -> Decided[None]:
        user = self.users.get(link.user_id)
        known = self.credentials.credentials(link.user_id)
        if known is not None and known.email_link_id == link.link_id:
            return Decided(None)
        proven = self.reauthentication.take(proof, now)
        asked: dict[str, str | int] = {"new_email": link.email, "asked_at": now}
        writes = [
            *self.links.store.sending(link),
            *self.credentials.replacing(proven.before, replace(proven.after, email_link_id=link.link_id)),
            self.teller.telling(user.account_id, Told.EMAIL_CHANGE_ASKED, now, asked, to=user.email),
            self._to_the_new_address(user, link, now),
            *proven.told,
        ]
        return Decided(None, writes)

    def _to_the_new_address(self, user: User, link: Link, now: int) -> Write:
        """The link, or word to whoever has the address already; the link is then never sent."""
        owner = self.users.store.user_of_email(link.email)
        if owner is not None:
            return self.teller.telling(owner.account_id, Told.ALREADY_REGISTERED, now, {"asked_at": now})
        facts: dict[str, str | int] = {"link_id": link.link_id, "expires_at": link.expires_at}
        return self.teller.telling(user.account_id, Told.CONFIRM_EMAIL, now, facts, to=link.email)

    def _confirmed(self, link: Link, now: int) -> Decided[User]:
        user = self.users.store.user(link.user_id)
        before = self.credentials.credentials(link.user_id)
        if user is not None and user.email == link.email:
            return Decided(user)
        if user is None or before is None or before.email_link_id != link.link_id:
            raise spent()
        if self.users.store.user_of_email(link.email) is not None:
            message = "There is an account with this e-mail address by now. Nothing was changed."
            raise Conflict(message, code="email_taken", field="token")
        moved = replace(user, email=link.email)
        writes = [
            *self.users.store.replacing(user, moved),
            *self.links.store.using(link, now),
            *self.credentials.replacing(before, replace(before, reset_link_id=None, email_link_id=None)),
            *self._tell_both(user, moved, now),
        ]
        return Decided(moved, writes)

    def _tell_both(self, before: User, after: User, now: int) -> list[Write]:
        facts: dict[str, str | int] = {"old_email": before.email, "new_email": after.email, "changed_at": now}
        addresses = (before.email, after.email)
        return [
            self.teller.telling(after.account_id, Told.EMAIL_CHANGED, now, facts, to=address) for address in addresses
        ]
