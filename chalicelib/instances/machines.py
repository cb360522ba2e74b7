"""Machines whose daemons report to us, and what follows from what was last heard. docs/rules.md, "Daemons".

What changes every minute and costs nothing is kept apart from rentals and accounts: a heartbeat meets no other writer.
Whether a daemon is silent is told at the moment of reading, so no job looks for silence.
"""

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.instances.report import Report
from chalicelib.instances.status import Status

if TYPE_CHECKING:
    from chalicelib.instances.rental import Rental


class Heard(NamedTuple):
    """The last heartbeat: when, under which token, and what it said."""

    at: int
    token_id: str
    report: Report


class SelfHosted(NamedTuple):
    """A server of the account's own."""

    machine_id: str
    account_id: str
    name: str
    created_at: int
    token_id: str
    """Of the one daemon token that counts."""
    deleted_at: int | None = None
    heard: Heard | None = None
    version: int = 0
    """Counts its owner's changes. Heartbeats do not."""

    @property
    def living(self) -> bool:
        """Whether its name is taken and its daemon is listened to."""
        return self.deleted_at is None


class SelfHostedStatus(StrEnum):
    """How a self-hosted server stands; exactly the keys that the command-line tool knows."""

    AWAITING_CONFIGURATION = "AWAITING_CONFIGURATION"
    RUNNING = "RUNNING"
    UNREACHABLE_DAEMON = "UNREACHABLE_DAEMON"
    DELETED = "DELETED"


SELF_HOSTED_LABELS = {
    SelfHostedStatus.AWAITING_CONFIGURATION: "Awaiting configuration",
    SelfHostedStatus.RUNNING: "Running",
    SelfHostedStatus.UNREACHABLE_DAEMON: "Unreachable daemon",
    SelfHostedStatus.DELETED: "Deleted",
}


def self_hosted_status(server: SelfHosted, now: int, silent: int) -> SelfHostedStatus:
    """Its status at a moment, where a daemon may be silent for so many seconds."""
    if not server.living:
        return SelfHostedStatus.DELETED
    if server.heard is None:
        return SelfHostedStatus.AWAITING_CONFIGURATION
    return SelfHostedStatus.UNREACHABLE_DAEMON if now - server.heard.at > silent else SelfHostedStatus.RUNNING


def as_heard(rental: "Rental", heard: Heard | None, now: int, silent: int) -> "Rental":
    """A rental as people see it: unreachable when its daemon has spoken since the server came up, and then fell silent.

    For showing alone. It is not stored, and the price is that of the rental as it is stored.
    """
    if rental.status is not Status.ONLINE or not counts(rental, heard) or heard is None:
        return rental
    if heard.at < rental.status_since or now - heard.at <= silent:
        return rental
    return replace(rental, status=Status.UNREACHABLE_DAEMON, status_since=heard.at + silent)


def queued_keys(rental: "Rental", heard: Heard | None) -> tuple[str, ...]:
    """Ids of the keys that a launched server has neither begun with nor applied since."""
    applied = heard.report.applied_key_ids if heard is not None and counts(rental, heard) else ()
    return tuple(key_id for key_id in rental.queued_key_ids if key_id not in applied)


def counts(rental: "Rental", heard: Heard | None) -> bool:
    """Whether it was the server of the present launch that was heard."""
    return heard is not None and heard.token_id == str(rental.attempt)
