"""Another password, for somebody who has logged in. docs/rules.md, "Accounts"."""

from dataclasses import dataclass, replace

from chalicelib.accounts.credentials import CredentialStore
from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.accounts.passwords import PasswordHasher, PasswordJudge, check_password, known_of
from chalicelib.accounts.principal import Client, Principal
from chalicelib.accounts.proof import Given, Proof
from chalicelib.accounts.reauthentication import Reauthentication
from chalicelib.accounts.sessions import Begun, Sessions
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

    def change(self, who: Principal, given: Given, new_password: str, client: Client, now: int) -> Begun:
        """Set it, and end all sessions; links for a new password or address do nothing any more.

        Who asks goes on in a new session: a copy of the secret of the one before may be what they change it for.
        Raises Invalid with weak_password, what Reauthentication raises, and Unavailable.
        """
        user = self.users.get(who.user_id)
        check_password(new_password, self.judge, known_of(user.email, user.name), field="new_password")
        proof = self.reauthentication.ask(who, given, now)
        password_hash = self.hasher.hash(new_password)
        earlier: list[Begun] = []

        def changed() -> Decided[Begun]:
            done = next(filter(self.sessions.has_begun, earlier), None)
            if done is not None:
                return Decided(done)
            decided = self._changed(proof, password_hash, client, now)
            earlier.append(decided.result)
            return decided

        begun = self.decisions.carry_out(changed)
        self.reauthentication.succeeded(proof)
        return begun

    def _changed(self, proof: Proof, password_hash: str, client: Client, now: int) -> Decided[Begun]:
        who = proof.who
        user = self.users.get(who.user_id)
        proven = self.reauthentication.take(proof, now)
        after = replace(proven.after, password_hash=password_hash, reset_link_id=None, email_link_id=None)
        told = self.teller.telling(who.account_id, Told.PASSWORD_CHANGED, now, {"changed_at": now})
        begun = self.sessions.begin_anew(Principal(user.user_id, user.account_id, user.email), client, now)
        return Decided(begun, [*self.credentials.replacing(proven.before, after), *begun.writes, *proven.told, told])
