"""What to do about a rental, told from its record, its account and what the provider says. Pure.

docs/rules.md, "Servers are driven to what they should be". A decision names the record as it should be written
first, and the calls to make after; whoever dies in between finds the same decision again.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from chalicelib.clock import MINUTE
from chalicelib.instances.provider import GONE, Server, ServerState
from chalicelib.instances.rental import OVER, Rental, Status, Wish


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a provider, in seconds. Configuration."""

    soon: int = 10
    """Between looks at something that is changing."""
    steady: int = 5 * MINUTE
    """Between looks at something that is as it should be."""
    retry: int = MINUTE
    """After a first refusal; doubled for each one in a row up to `longest_retry`."""
    longest_retry: int = 10 * MINUTE
    give_up_launch: int = 30 * MINUTE
    """A first launch that has not succeeded by then has failed."""
    force_stop: int = 10 * MINUTE
    """A server still stopping after this is stopped by force."""
    unseen: int = 10 * MINUTE
    """How long a server may be unknown to the provider, or a launch unseen, before it counts as gone."""


class Call(StrEnum):
    """What to ask of the provider."""

    LAUNCH = "launch"
    START = "start"
    STOP = "stop"
    FORCE_STOP = "force_stop"
    REBOOT = "reboot"
    TERMINATE = "terminate"
    OPEN_ACCESS = "open_access"
    CLOSE_ACCESS = "close_access"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision is told from."""

    rental: Rental
    target: Wish
    """What it should be: gone once its meter has ended, else the wish while the account is active, else stopped."""
    server: Server | None
    """What the provider says now; None when it knows nothing."""
    now: int
    may_close: bool = False
    """Whether a server that vanished may close its rental: not while more than a few vanish at once."""


@dataclass(frozen=True, slots=True)
class Step:
    """The record as it is to be, the calls to make once it is written, and what else follows."""

    rental: Rental
    calls: tuple[Call, ...] = ()
    gone: bool = False
    """The rental ends here although its owner did not ask for it."""
    give_back_since: int | None = None
    """Use counted from this second on did not happen."""


def target_of(rental: Rental, *, account_active: bool, meter_live: bool) -> Wish:
    """What a rental's server should be."""
    if not meter_live or rental.wish is Wish.GONE:
        return Wish.GONE
    return rental.wish if account_active else Wish.STOPPED


def decide(situation: Situation, patience: Patience) -> Step:
    """The next step towards what the rental should be."""
    rental = situation.rental
    if rental.status in (Status.DELETED, Status.RENTAL_ERROR) and situation.server is None:
        return Step(replace(rental, look_at=None))
    if rental.server_id is None and situation.server is not None:
        adopted = replace(rental, server_id=situation.server.server_id, maybe_launched_at=None)
        return decide(replace(situation, rental=adopted), patience)
    server = situation.server
    if server is None or server.state in GONE:
        return _without_server(situation, patience)
    known = replace(rental, missing_since=None)
    situation = replace(situation, rental=known)
    match situation.target:
        case Wish.GONE:
            return _end(situation, patience)
        case Wish.STOPPED:
            return _halt(situation, server, patience)
        case _:
            return _run(situation, server, patience)


def _look(rental: Rental, situation: Situation, seconds: int) -> Rental:
    return replace(rental, look_at=situation.now + seconds)


# A server that is not there.


def _without_server(situation: Situation, patience: Patience) -> Step:
    if situation.rental.server_id is None:
        return _never_launched(situation, patience)
    if situation.server is None and not _long_missing(situation, patience):
        since = situation.rental.missing_since
        missing = replace(situation.rental, missing_since=situation.now if since is None else since)
        return Step(_look(_as_target(missing, situation), situation, 3 * patience.soon))
    if situation.target is Wish.GONE:
        return _went(situation)
    if situation.rental.seen_running_at is None and situation.server is not None:
        return Step(_look(_relaunching(situation), situation, 0))
    return _vanished(situation, patience)


def _long_missing(situation: Situation, patience: Patience) -> bool:
    since = situation.rental.missing_since
    return since is not None and situation.now - since >= patience.unseen


def _as_target(rental: Rental, situation: Situation) -> Rental:
    return rental.with_status(Status.TERMINATING, situation.now) if situation.target is Wish.GONE else rental


def _went(situation: Situation) -> Step:
    deleted = situation.rental.with_status(Status.DELETED, situation.now)
    if deleted.status is not situation.rental.status and situation.rental.status is Status.RENTAL_ERROR:
        deleted = situation.rental
    return Step(replace(deleted, address=None, access_open=False, wish=Wish.GONE, look_at=None))


def _relaunching(situation: Situation) -> Rental:
    """The provider dropped the server before it ever ran: a definite refusal of that launch."""
    rental = replace(situation.rental, server_id=None, missing_since=None, attempt=situation.rental.attempt + 1)
    return replace(rental, refusals=rental.refusals + 1, maybe_launched_at=None)


def _vanished(situation: Situation, patience: Patience) -> Step:
    rental = situation.rental
    if not situation.may_close:
        return Step(_look(rental, situation, patience.retry))
    closed = replace(
        rental.with_status(Status.DELETED, situation.now),
        wish=Wish.GONE,
        address=None,
        access_open=False,
        look_at=None,
        failure="The server is gone at the provider.",
    )
    return Step(closed, gone=True, give_back_since=rental.seen_running_at)


def _never_launched(situation: Situation, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if situation.target is Wish.RUNNING:
        return _launch(situation, patience)
    if _maybe_launched(rental, now, patience):
        return Step(_look(_as_target(rental, situation), situation, patience.soon))
    if situation.target is Wish.GONE:
        return _went(situation)
    stopped = replace(rental.with_status(Status.STOPPED, now), maybe_launched_at=None, look_at=None)
    return Step(stopped)


def _maybe_launched(rental: Rental, now: int, patience: Patience) -> bool:
    """Whether a launch may have made a server that can not be seen yet."""
    return rental.maybe_launched_at is not None and now - rental.maybe_launched_at < patience.unseen


def _launch(situation: Situation, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if rental.status is Status.STOPPED:
        rental = replace(rental, launching_since=now, refusals=0)
    if now - rental.launching_since >= patience.give_up_launch:
        if _maybe_launched(rental, now, patience):
            return Step(_look(rental, situation, patience.retry))
        return _launch_failed(situation)
    status = Status.IN_QUEUE if rental.refusals else Status.CREATING
    called = replace(rental.with_status(status, now), maybe_launched_at=now)
    return Step(_look(called, situation, patience.retry), (Call.LAUNCH,))


def _launch_failed(situation: Situation) -> Step:
    reason = "The provider had no capacity for this server in time. Nothing was charged."
    failed = situation.rental.with_status(Status.RENTAL_ERROR, situation.now)
    return Step(replace(failed, wish=Wish.GONE, look_at=None, failure=reason), gone=True)


# A server that should be gone.


def _end(situation: Situation, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if rental.status is not Status.RENTAL_ERROR:
        rental = rental.with_status(Status.TERMINATING, now)
    asked = replace(rental, terminate_asked_at=rental.terminate_asked_at or now, address=None)
    return Step(_look(asked, situation, patience.soon), (Call.TERMINATE,))


# A server that should be stopped.


def _halt(situation: Situation, server: Server, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if server.state is ServerState.STOPPED:
        stopped = replace(rental.with_status(Status.STOPPED, now), address=None, reboot_wanted=False)
        return Step(_look(stopped, situation, patience.steady))
    asked_at = now if rental.stop_asked_at is None else rental.stop_asked_at
    asked = replace(rental.with_status(Status.STOPPING, now), stop_asked_at=asked_at, access_open=False)
    return Step(_look(asked, situation, patience.soon), _stop_calls(server, now - asked_at, patience))


def _stop_calls(server: Server, waited: int, patience: Patience) -> tuple[Call, ...]:
    if waited >= patience.force_stop:
        return (Call.CLOSE_ACCESS, Call.FORCE_STOP)
    return () if server.state is ServerState.STOPPING else (Call.CLOSE_ACCESS, Call.STOP)


# A server that should run.


def _run(situation: Situation, server: Server, patience: Patience) -> Step:
    match server.state:
        case ServerState.RUNNING:
            return _running(situation, server, patience)
        case ServerState.STOPPED:
            return _stopped_though_wished(situation, server, patience)
        case _:
            return _changing(situation, server, patience)


def _running(situation: Situation, server: Server, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if not rental.access_open or server.address is None:
        starting = rental if rental.status is Status.CREATING else rental.with_status(Status.STARTING, now)
        return Step(_look(starting, situation, patience.soon), (Call.OPEN_ACCESS,))
    if rental.reboot_wanted:
        rebooting = replace(rental.with_status(Status.REBOOTING, now), reboot_wanted=False)
        return Step(_look(rebooting, situation, 2 * patience.soon), (Call.REBOOT,))
    online = replace(
        rental.with_status(Status.ONLINE, now),
        address=server.address,
        seen_running_at=now,
        stop_asked_at=None,
        refusals=0,
    )
    return Step(_look(online, situation, patience.steady))


def _changing(situation: Situation, server: Server, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    launching = rental.seen_running_at is None and server.state is ServerState.PENDING
    status = Status.CREATING if launching else Status.STARTING
    changing = replace(rental.with_status(status, now), address=None)
    lost = _use_since_seen(rental)
    return Step(_look(changing, situation, patience.soon), give_back_since=lost)


def _stopped_though_wished(situation: Situation, server: Server, patience: Patience) -> Step:
    """Powered off from inside is its owner's stop; anything else is the provider's, and we start it again."""
    rental, now = situation.rental, situation.now
    lost = _use_since_seen(rental)
    if server.powered_off_inside and rental.stop_asked_at is None and rental.seen_running_at is not None:
        stopped = replace(rental.with_status(Status.STOPPED, now), wish=Wish.STOPPED, address=None, access_open=False)
        return Step(_look(stopped, situation, patience.steady), give_back_since=lost)
    status = Status.IN_QUEUE if rental.refusals else Status.STARTING
    starting = replace(rental.with_status(status, now), address=None, access_open=False)
    return Step(_look(starting, situation, patience.soon), (Call.START,), give_back_since=lost)


def _use_since_seen(rental: Rental) -> int | None:
    return rental.seen_running_at if rental.status in (Status.ONLINE, Status.REBOOTING) else None


# What a provider's answer means.


def refused(rental: Rental, call: Call, now: int, patience: Patience, reason: str) -> Rental:
    """The record after a definite refusal of a launch or a start: queued, and tried again later and later."""
    wait = min(patience.longest_retry, patience.retry << min(rental.refusals, 16))
    queued = replace(
        rental.with_status(Status.IN_QUEUE, now), refusals=rental.refusals + 1, look_at=now + wait, refusal=reason
    )
    if call is Call.LAUNCH:
        return replace(queued, attempt=rental.attempt + 1, maybe_launched_at=None)
    return queued


def is_over(rental: Rental) -> bool:
    """Whether the rental is no longer live."""
    return rental.status in OVER
