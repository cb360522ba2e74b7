"""Registering and deleting servers of one's own, new tokens for them, and hearing their daemons, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest

from chalicelib.accounts.decisions import Decisions
from chalicelib.accounts.ssh_keys import SshKeys
from chalicelib.adapters.daemon_tokens import JwtSeal
from chalicelib.billing.account import Account
from chalicelib.errors import Conflict, Forbidden, Invalid, NotFound, OutcomeUnknown, Unauthenticated, Unavailable
from chalicelib.ids import Ids
from chalicelib.instances.heartbeat import Heartbeats
from chalicelib.instances.policy import Patience
from chalicelib.instances.self_hosted import MOST_SELF_HOSTED, SelfHostedServers
from chalicelib.signing import Signer
from chalicelib.writes import Write
from tests.accounts.key_texts import public_text
from tests.api.memory import MemoryKeys, MemoryRentals, Trusting
from tests.billing.memory_books import MemoryBooks
from tests.instances.machine_contract import NOW, a_report
from tests.instances.memory_machines import MemoryMachines

ACCOUNT = "acct_1"


@dataclass
class Lab:
    """A lab with an account, and a clock."""

    books: MemoryBooks = field(default_factory=MemoryBooks)
    now: int = NOW
    api_url: str = "https://api.example.com"
    lose_answers: int = 0
    secrets: tuple[bytes, ...] = (b"secret",)

    def __post_init__(self) -> None:
        self.ids = Ids()
        self.machines = MemoryMachines(self.books)
        self.keys = SshKeys(MemoryKeys(self.books), Trusting(), self.ids)
        seal = JwtSeal(Signer(lambda: self.secrets))
        decisions = Decisions(self.commit, self.ids, pause=lambda millis: None)
        clock = lambda: self.now  # noqa: E731
        self.servers = SelfHostedServers(
            self.machines, self.books, decisions, seal, self.ids, clock, self.api_url
        )
        rentals = MemoryRentals(self.books)
        self.heartbeats = Heartbeats(self.machines, rentals, self.keys, seal, Patience())
        self.open(ACCOUNT)

    def commit(self, writes: Sequence[Write]) -> None:
        self.books.commit(None, writes)
        if self.lose_answers:
            self.lose_answers -= 1
            raise OutcomeUnknown("No answer.")

    def open(self, account_id: str, *, verified: bool = True) -> None:
        account = Account(account_id, "user_1", NOW, "USD", verified, version=1)
        self.books.commit(None, [self.books.opening(account)])

    def hears(self, token: str, *, seen_from: str = "198.51.100.4", **more: Any) -> Any:
        holder = self.heartbeats.authenticate(token)
        return self.heartbeats.hear(holder, a_report(**more), seen_from, self.now)


@pytest.fixture
def lab() -> Lab:
    return Lab()


def refused(code: str, act: Any, kind: type[Exception] = Conflict) -> None:
    with pytest.raises(kind) as failure:
        act()
    assert getattr(failure.value, "code", None) == code


def test_a_server_is_registered_with_a_token_that_speaks_for_it(lab: Lab) -> None:
    made = lab.servers.register(ACCOUNT, "lab-1")
    assert lab.servers.get(ACCOUNT, made.server.machine_id) == made.server
    assert lab.heartbeats.authenticate(made.token).machine == made.server
    assert made.command == f"curl -fsSL https://api.example.com/daemon-api/v1/install.sh | sudo sh -s -- {made.token}"


@pytest.mark.parametrize("name", ["", "Lab", "-lab", "lab-", "a b", "[/x]", "x" * 41, "lab;reboot"])
def test_a_name_is_as_those_of_rentals(lab: Lab, name: str) -> None:
    refused("invalid_name", lambda: lab.servers.register(ACCOUNT, name), Invalid)


def test_names_are_unique_among_the_living(lab: Lab) -> None:
    first = lab.servers.register(ACCOUNT, "lab-1").server
    refused("name_taken", lambda: lab.servers.register(ACCOUNT, "lab-1"))
    lab.servers.delete(ACCOUNT, first.machine_id)
    second = lab.servers.register(ACCOUNT, "lab-1").server
    assert lab.servers.named(ACCOUNT, "lab-1") == second
    lab.servers.delete(ACCOUNT, second.machine_id)
    named = lab.servers.named(ACCOUNT, "lab-1")
    assert named is not None and not named.living


def test_an_account_has_so_many_and_no_more(lab: Lab) -> None:
    servers = [lab.servers.register(ACCOUNT, f"lab-{number}").server for number in range(MOST_SELF_HOSTED)]
    refused("too_many_machines", lambda: lab.servers.register(ACCOUNT, "one-more"))
    lab.servers.delete(ACCOUNT, servers[0].machine_id)
    lab.servers.register(ACCOUNT, "one-more")


def test_who_has_not_proven_a_mailbox_registers_nothing(lab: Lab) -> None:
    lab.open("acct_2", verified=False)
    refused("email_not_verified", lambda: lab.servers.register("acct_2", "lab-1"), Forbidden)


def test_without_an_address_of_ours_nothing_is_registered() -> None:
    lab = Lab(api_url="")
    refused("unavailable", lambda: lab.servers.register(ACCOUNT, "lab-1"), Unavailable)
    assert list(lab.servers.all(ACCOUNT)) == []


def test_a_registration_whose_answer_was_lost_is_done_once(lab: Lab) -> None:
    lab.lose_answers = 1
    made = lab.servers.register(ACCOUNT, "lab-1")
    assert list(lab.servers.all(ACCOUNT)) == [made.server]
    assert lab.heartbeats.authenticate(made.token).machine == made.server
    lab.lose_answers = 1
    again = lab.servers.new_token(ACCOUNT, made.server.machine_id)
    assert lab.heartbeats.authenticate(again.token).machine == again.server
    lab.lose_answers = 1
    assert not lab.servers.delete(ACCOUNT, made.server.machine_id).living


def test_a_new_token_ends_the_one_before_and_a_deletion_ends_it(lab: Lab) -> None:
    first = lab.servers.register(ACCOUNT, "lab-1")
    second = lab.servers.new_token(ACCOUNT, first.server.machine_id)
    refused("daemon_token_revoked", lambda: lab.hears(first.token), Unauthenticated)
    lab.hears(second.token)
    lab.servers.delete(ACCOUNT, first.server.machine_id)
    refused("daemon_token_revoked", lambda: lab.hears(second.token), Unauthenticated)
    refused("machine_deleted", lambda: lab.servers.new_token(ACCOUNT, first.server.machine_id))


def test_a_token_that_is_replaced_between_two_looks_is_not_heard(lab: Lab) -> None:
    made = lab.servers.register(ACCOUNT, "lab-1")
    holder = lab.heartbeats.authenticate(made.token)
    lab.servers.new_token(ACCOUNT, made.server.machine_id)
    hear = partial(lab.heartbeats.hear, holder, a_report(), "198.51.100.4", lab.now)
    refused("daemon_token_revoked", hear, Unauthenticated)
    assert lab.servers.get(ACCOUNT, made.server.machine_id).heard is None


def test_somebody_elses_server_is_not_found(lab: Lab) -> None:
    made = lab.servers.register(ACCOUNT, "lab-1")
    lab.open("acct_2")
    for act in (lab.servers.get, lab.servers.new_token, lab.servers.delete):
        refused("not_found", partial(act, "acct_2", made.server.machine_id), NotFound)


@pytest.mark.parametrize(
    ("said", "seen_from", "kept"),
    [
        ("203.0.113.9", "198.51.100.4", "203.0.113.9"),
        (None, "198.51.100.4", "198.51.100.4"),
        ("2001:DB8:0:0::7", "198.51.100.4", "2001:db8::7"),
        (None, "unknown", None),
        (None, "fe80::1%;reboot", None),
    ],
)
def test_the_address_is_what_the_daemon_says_or_where_it_calls_from(
    lab: Lab, said: str | None, seen_from: str, kept: str | None
) -> None:
    made = lab.servers.register(ACCOUNT, "lab-1")
    lab.hears(made.token, address=said, seen_from=seen_from)
    heard = lab.servers.get(ACCOUNT, made.server.machine_id).heard
    assert heard is not None and heard.report.address == kept


def test_it_is_told_all_keys_of_its_account_and_no_others(lab: Lab) -> None:
    made = lab.servers.register(ACCOUNT, "lab-1")
    key = lab.keys.add(ACCOUNT, public_text("ed25519"), "laptop", NOW)
    lab.keys.add("acct_2", public_text("p256"), "theirs", NOW)
    orders = lab.hears(made.token)
    assert (orders.keys, orders.next_in_seconds, orders.token) == ((key,), Patience().heartbeat, None)


def test_a_token_of_the_secret_before_is_renewed(lab: Lab) -> None:
    made = lab.servers.register(ACCOUNT, "lab-1")
    lab.secrets = (b"newer", *lab.secrets)
    renewed = lab.hears(made.token).token
    assert renewed is not None and renewed != made.token
    lab.secrets = (b"newest", b"newer")
    assert lab.hears(renewed).token is not None
    refused("daemon_token_unknown", lambda: lab.hears(made.token), Unauthenticated)
