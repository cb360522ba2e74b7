"""What machines need of a store. `adapters/dynamodb/machines.py` is one; the contract test runs on every engine."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from chalicelib.instances.machines import Heard, SelfHosted
from chalicelib.writes import Write


class SelfHostedPage(NamedTuple):
    """Self-hosted servers newest first, and the id before which the next page starts (None: no more)."""

    servers: tuple[SelfHosted, ...]
    before: str | None


class MachineStore(Protocol):
    """Self-hosted servers with their heartbeats, and the heartbeats of rented ones. Reads are consistent."""

    def self_hosted(self, account_id: str, machine_id: str) -> SelfHosted:
        """Raises NotFound."""

    def page(self, account_id: str, before: str | None, limit: int) -> SelfHostedPage:
        """A page of the account's self-hosted servers, deleted ones included, by one query."""

    def registering(self, server: SelfHosted) -> Sequence[Write]:
        """The writes that make one and take its name, refused where the name is taken."""

    def replacing(self, before: SelfHosted, after: SelfHosted) -> Sequence[Write]:
        """The writes that change its token, or delete it and free its name, if it is as it was read."""

    def removing(self, server: SelfHosted) -> Sequence[Write]:
        """The writes that leave nothing of one, and free its name. Committing them raises LostRace where it is gone."""

    def hear_self_hosted(self, server: SelfHosted, heard: Heard) -> None:
        """Keep a heartbeat. Raises LostRace where its token no longer counts, OutcomeUnknown."""

    def heard(self, account_id: str, rental_id: str) -> Heard | None:
        """What the daemon of a rented server said last, in one read."""

    def heard_between(self, account_id: str, first_id: str, last_id: str) -> Mapping[str, Heard]:
        """The same of all rentals of an account from one id to another, by one query."""

    def hear_rented(self, account_id: str, rental_id: str, heard: Heard) -> None:
        """Keep a heartbeat. Raises OutcomeUnknown."""
