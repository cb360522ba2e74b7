"""Servers of researchers' own: register, list, delete, and the token of the daemon. docs/rules.md, "Daemons".

They are free, so nothing here asks about money: they go on while the account is suspended.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from chalicelib.accounts.decisions import Decided, Decisions
from chalicelib.billing.store import BooksStore
from chalicelib.billing.verified import check_verified
from chalicelib.clock import Clock
from chalicelib.errors import Conflict, Unavailable
from chalicelib.ids import Ids
from chalicelib.instances.daemon_token import DaemonToken, TokenSeal
from chalicelib.instances.machine_store import MachineStore, SelfHostedPage
from chalicelib.instances.machines import SelfHosted
from chalicelib.instances.names import check_name
from chalicelib.writes import Write

MOST_SELF_HOSTED = 50
"""Living ones. Read before one is registered, so that two at once may pass it by one."""
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Registered:
    """A server with a new token, which nobody can see again."""

    server: SelfHosted
    token: str = field(repr=False)
    command: str = field(repr=False)
    """What installs the daemon with this token."""


@dataclass(frozen=True, slots=True)
class SelfHostedServers:
    """The use cases of their owner."""

    store: MachineStore
    books_store: BooksStore
    decisions: Decisions
    seal: TokenSeal
    ids: Ids
    clock: Clock
    api_url: str

    def register(self, account_id: str, name: str) -> Registered:
        """A new one. Raises Invalid, Forbidden, Conflict, Unavailable."""
        check_verified(self.books_store.account(account_id))
        check_name(name)
        self._check_address()
        now = self.clock()
        server = SelfHosted(self.ids.new("self", now), account_id, name, now, self.ids.new("dtok", now), version=1)
        self.decisions.carry_out(lambda: Decided(None, self._registering(server)))
        return self._with_token(server)

    def get(self, account_id: str, machine_id: str) -> SelfHosted:
        """Raises NotFound, also for another account's."""
        return self.store.self_hosted(account_id, machine_id)

    def page(self, account_id: str, before: str | None, limit: int) -> SelfHostedPage:
        """Newest first, deleted ones included."""
        return self.store.page(account_id, before, limit)

    def all(self, account_id: str) -> Iterator[SelfHosted]:
        """All of an account, newest first."""
        before: str | None = None
        while True:
            page = self.store.page(account_id, before, _PAGE)
            yield from page.servers
            if page.before is None:
                return
            before = page.before

    def named(self, account_id: str, name: str) -> SelfHosted | None:
        """The living one of this name, else the newest deleted one, else None."""
        mine = [server for server in self.all(account_id) if server.name == name]
        return next((server for server in mine if server.living), mine[0] if mine else None)

    def new_token(self, account_id: str, machine_id: str) -> Registered:
        """Another token; the one before opens nothing any more. Raises NotFound, Conflict, Unavailable."""
        self._check_address()
        token_id = self.ids.new("dtok", self.clock())

        def decide() -> Decided[SelfHosted]:
            before = self.store.self_hosted(account_id, machine_id)
            if not before.living:
                raise Conflict(f'"{before.name}" has been deleted. Register it anew.', code="machine_deleted")
            if before.token_id == token_id:
                return Decided(before)
            after = before._replace(token_id=token_id, version=before.version + 1)
            return Decided(after, self.store.replacing(before, after))

        return self._with_token(self.decisions.carry_out(decide))

    def delete(self, account_id: str, machine_id: str) -> SelfHosted:
        """Its daemon is not listened to any more, and its name is free. Again: no change. Raises NotFound."""
        now = self.clock()

        def decide() -> Decided[SelfHosted]:
            before = self.store.self_hosted(account_id, machine_id)
            if not before.living:
                return Decided(before)
            after = before._replace(deleted_at=now, version=before.version + 1)
            return Decided(after, self.store.replacing(before, after))

        return self.decisions.carry_out(decide)

    def _registering(self, server: SelfHosted) -> list[Write]:
        living = [one for one in self.all(server.account_id) if one.living]
        if any(one.machine_id == server.machine_id for one in living):
            return []
        if any(one.name == server.name for one in living):
            message = f'You have a self-hosted server named "{server.name}". Choose another name.'
            raise Conflict(message, code="name_taken", field="name")
        if len(living) >= MOST_SELF_HOSTED:
            message = f"An account has at most {MOST_SELF_HOSTED} self-hosted servers. Delete one."
            raise Conflict(message, code="too_many_machines")
        return list(self.store.registering(server))

    def _with_token(self, server: SelfHosted) -> Registered:
        token = self.seal.sealed(
            DaemonToken(server.machine_id, server.account_id, server.token_id, issued_at=self.clock())
        )
        return Registered(server, token, install_command(self.api_url, token))

    def _check_address(self) -> None:
        if not self.api_url:
            raise Unavailable("This deployment has no address yet at which daemons could reach it.")


def install_command(api_url: str, token: str) -> str:
    """What a person types on the server. Neither part can hold a character that a shell would take for its own."""
    return f"curl -fsSL {api_url}/daemon-api/v1/install.sh | sudo sh -s -- {token}"
