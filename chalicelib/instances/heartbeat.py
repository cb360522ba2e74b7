"""What a daemon may ask: whether its token counts, and, with a heartbeat, which keys its machine has to let in.

docs/rules.md, "Daemons". A token speaks for one machine, and opens nothing but these.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from chalicelib.accounts.ssh_keys import SshKey, SshKeys
from chalicelib.errors import LostRace, NotFound, OutcomeUnknown, Unauthenticated, Unavailable
from chalicelib.ids import is_id
from chalicelib.instances.daemon_token import DaemonToken, TokenSeal, token_of_rental
from chalicelib.instances.machine_store import MachineStore
from chalicelib.instances.machines import Heard, SelfHosted
from chalicelib.instances.policy import Patience
from chalicelib.instances.rental import Rental
from chalicelib.instances.report import Report, check_report, plain_address
from chalicelib.instances.status import OVER
from chalicelib.instances.store import RentalStore


@dataclass(frozen=True, slots=True)
class Holder:
    """A daemon whose token counts, and the record of its machine."""

    token: DaemonToken
    machine: SelfHosted | Rental
    renewed: str | None = field(default=None, repr=False)
    """The same token signed anew, where an older secret has signed it."""

    @property
    def account_id(self) -> str:
        """Whose machine it is."""
        return self.token.account_id


@dataclass(frozen=True, slots=True)
class Orders:
    """What a daemon is told: the keys that count, when to come again, and perhaps a token to use from now on."""

    keys: Sequence[SshKey]
    next_in_seconds: int
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Heartbeats:
    """The use cases of daemons."""

    store: MachineStore
    rentals: RentalStore
    keys: SshKeys
    seal: TokenSeal
    patience: Patience

    def authenticate(self, text: str) -> Holder:
        """Whose daemon holds this token. Garbage costs no read.

        Raises Unauthenticated with the codes daemon_token_unknown and daemon_token_revoked.
        """
        opened = self.seal.opened(text)
        if opened is None:
            raise Unauthenticated("This is no daemon token of ours.", code="daemon_token_unknown")
        machine = self._machine(opened.token)
        if machine is None:
            message = "This daemon token does not count any more. Make a new one for this server."
            raise Unauthenticated(message, code="daemon_token_revoked")
        renewed = None if opened.signed_by_newest else self.seal.sealed(opened.token)
        return Holder(opened.token, machine, renewed)

    def hear(self, holder: Holder, report: Report, seen_from: str, now: int) -> Orders:
        """Keep what it says, and answer what it should know. Raises Invalid, Unauthenticated, Unavailable.

        Where it does not say at which address it can be reached, that is the one that the request came from.
        """
        check_report(report)
        address = plain_address(report.address if report.address is not None else seen_from)
        heard = Heard(now, holder.token.token_id, report._replace(address=address))
        keys = self._keys_of(holder.machine)
        try:
            self._keep(holder.machine, heard)
        except LostRace:
            message = "This daemon token does not count any more. Make a new one for this server."
            raise Unauthenticated(message, code="daemon_token_revoked") from None
        except OutcomeUnknown:
            raise Unavailable("The heartbeat was not kept. Try again in a moment.") from None
        return Orders(keys, self.patience.heartbeat, holder.renewed)

    def _machine(self, token: DaemonToken) -> SelfHosted | Rental | None:
        try:
            if is_id("self", token.machine_id):
                server = self.store.self_hosted(token.account_id, token.machine_id)
                return server if server.living and server.token_id == token.token_id else None
            rental = self.rentals.rental(token.account_id, token.machine_id)
        except NotFound:
            return None
        return rental if rental.status not in OVER and token_of_rental(rental) == token else None

    def _keys_of(self, machine: SelfHosted | Rental) -> Sequence[SshKey]:
        """All keys of the account; on a rented server those of the rental that are still on the account."""
        keys = self.keys.list(machine.account_id)
        if isinstance(machine, SelfHosted):
            return keys
        return [key for key in keys if key.key_id in machine.key_ids]

    def _keep(self, machine: SelfHosted | Rental, heard: Heard) -> None:
        if isinstance(machine, SelfHosted):
            self.store.hear_self_hosted(machine, heard)
        else:
            self.store.hear_rented(machine.account_id, machine.rental_id, heard)
