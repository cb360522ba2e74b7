"""Another password, for somebody who has logged in. docs/rules.md, "Accounts"."""

from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.passwords import PasswordHasher, PasswordJudge, check_password, known_of
from chalicelib.accounts.principal import Principal
from chalicelib.accounts.proof import Given, Proof
from chalicelib.accounts.reauthentication import Reauthentication
from chalicelib.accounts.sessions import Sessions
from chalicelib.accounts.told import Teller, Told
from chalicelib.accounts.users import Users


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """The use case of a change of password."""

    users: Users
    credentials: CredentialStore
    sessions: Sessions
    reauthentication: Reauthentication
    teller: Teller
    hasher: PasswordHasher
    judge: PasswordJudge
    decisions: Decisions

    def change(self, who: Principal, given: Given, new_password: str, now: int) -> None:
        """Set it, and end all other sessions; links for a new password or address do nothing any more.

        Raises Invalid with weak_password, what Reauthentication raises, and Unavailable.
        """
        user = self.users.get(who.user_id)
        check_password(new_password, self.judge, known_of(user.email, user.name), field="new_password")
        proof = self.reauthentication.ask(who, given, now)
        password_hash = self.hasher.hash(new_password)
        self.decisions.carry_out(lambda: self._changed(proof, password_hash, now))
        self.reauthentication.succeeded(proof)

    def _changed(self, proof: Proof, password_hash: str, now: int) -> Decided[None]:
        who = proof.who
        known = self.credentials.credentials(who.user_id)
        if known is not None and known.password_hash == password_hash:
            return Decided(None)
        proven = self.reauthentication.take(proof, now)
        after = replace(proven.after, password_hash=password_hash, reset_link_id=None, email_link_id=None)
        told = self.teller.telling(who.account_id, Told.PASSWORD_CHANGED, now, {"changed_at": now})
        ended = self.sessions.ending_all(who.user_id, but=who.session_id)
        return Decided(None, [*self.credentials.replacing(proven.before, after), *ended, *proven.told, told])
