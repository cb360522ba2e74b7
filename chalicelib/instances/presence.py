"""What to do about a rental whose server is there: end it, halt it, or bring it up. Pure.

docs/rules.md, "Servers are driven to what they should be".
"""

from dataclasses import replace

from chalicelib.instances.absence import refused
from chalicelib.instances.policy import Patience
from chalicelib.instances.provider import Server, ServerState
from chalicelib.instances.rental import Rental
from chalicelib.instances.situation import NOT_STARTED_REASON, Call, Situation, Step, looked_at_again
from chalicelib.instances.status import CHARGED_RUNNING, Status, Wish


def with_server(situation: Situation, server: Server, patience: Patience) -> Step:
    """The step for a server that exists. What was counted while it was down in truth did not happen."""
    match situation.target:
        case Wish.GONE:
            step = _end(situation, patience)
        case Wish.STOPPED:
            step = _halt(situation, server, patience)
        case _:
            step = _bring_up(situation, server, patience)
    return replace(step, lost_use=_went_down(situation.rental, server))


def _went_down(rental: Rental, server: Server) -> bool:
    """Down without our asking since it was last seen running, whatever its owner has wished meanwhile."""
    asked = rental.stop_asked_at is not None or rental.terminate_asked_at is not None
    return rental.address is not None and not asked and server.state is not ServerState.RUNNING


# A server that should be gone.


def _end(situation: Situation, patience: Patience) -> Step:
    rental = situation.rental.with_status(Status.TERMINATING, situation.now)
    asked_at = situation.now if rental.terminate_asked_at is None else rental.terminate_asked_at
    asked = replace(rental, address=None, access_open=False, reboot_wanted=False, terminate_asked_at=asked_at)
    return Step(looked_at_again(asked, situation, patience.soon), (Call.TERMINATE,))


# A server that should be stopped.


def _halt(situation: Situation, server: Server, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if server.state is ServerState.STOPPED:
        return _stopped(situation, patience)
    asked_at = now if rental.stop_asked_at is None else rental.stop_asked_at
    asked = replace(
        rental.with_status(Status.STOPPING, now), stop_asked_at=asked_at, access_open=False, reboot_wanted=False
    )
    # Access is closed at every look, so that a call that opened it late does not leave it open.
    stop = _stop_again(server, now - asked_at, patience)
    return Step(looked_at_again(asked, situation, patience.soon), (Call.CLOSE_ACCESS, *stop))


def _stopped(situation: Situation, patience: Patience) -> Step:
    stopped = replace(
        situation.rental.with_status(Status.STOPPED, situation.now),
        address=None,
        access_open=False,
        start_asked_at=None,
        stop_asked_at=None,
        reboot_wanted=False,
    )
    return Step(looked_at_again(stopped, situation, patience.steady))


def _stop_again(server: Server, waited: int, patience: Patience) -> tuple[Call, ...]:
    if waited >= patience.force_stop:
        return (Call.FORCE_STOP,)
    return () if server.state is ServerState.STOPPING else (Call.STOP,)


# A server that should run.


def _bring_up(situation: Situation, server: Server, patience: Patience) -> Step:
    match server.state:
        case ServerState.RUNNING:
            return _running(situation, server, patience)
        case ServerState.STOPPED:
            return _down(situation, server, patience)
        case ServerState.STOPPING:
            return _going_down(situation, server, patience)
        case _:
            reset = replace(situation.rental, address=None, access_open=False, reboot_wanted=False)
            return _coming_up(replace(situation, rental=reset), server, patience)


def _coming_up(situation: Situation, server: Server, patience: Patience, *calls: Call) -> Step:
    """On its way. A first launch that has not come up in its time has failed, and its server goes."""
    rental, now = situation.rental, situation.now
    since = max(rental.coming_up_since, server.launched_at)
    if rental.seen_running_at is not None or now - since < patience.give_up_launch:
        return Step(looked_at_again(rental.with_status(rental.coming_up, now), situation, patience.soon), calls)
    failed = replace(rental, wish=Wish.GONE, failure=NOT_STARTED_REASON)
    return replace(_end(replace(situation, rental=failed), patience), gone=True)


def _running(situation: Situation, server: Server, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if not rental.access_open or server.address is None:
        return _coming_up(situation, server, patience, *(() if rental.access_open else (Call.OPEN_ACCESS,)))
    seen = replace(
        rental,
        address=server.address,
        seen_running_at=max(rental.seen_running_at or 0, situation.seen_at),
        start_asked_at=None,
        stop_asked_at=None,
        refusals=0,
        refusal=None,
    )
    if rental.reboot_wanted:
        rebooting = seen.with_status(Status.REBOOTING, now)
        return Step(looked_at_again(rebooting, situation, 2 * patience.soon), (Call.REBOOT,))
    # A reboot does not show in the provider's answers; it takes its time all the same.
    rest = rental.status_since + 2 * patience.soon - now if rental.status is Status.REBOOTING else 0
    if rest > 0:
        return Step(looked_at_again(seen, situation, rest))
    online = seen.with_status(Status.ONLINE, now)
    if not server.access_open:
        # A call of an earlier halt has come late and closed it again.
        return Step(looked_at_again(online, situation, patience.soon), (Call.OPEN_ACCESS,))
    return Step(looked_at_again(online, situation, patience.steady))


def _going_down(situation: Situation, server: Server, patience: Patience) -> Step:
    """Stopping though it should run: by a stop of ours that its owner or a restore overtook, by a provider that takes
    our start back, or by nobody that we know.
    """
    rental, now = situation.rental, situation.now
    ours = rental.stop_asked_at is not None or _taken_back(rental, server)
    named = rental.with_status(rental.coming_up if ours else Status.STOPPING, now)
    since = rental.stop_asked_at if rental.stop_asked_at is not None else named.status_since
    reset = replace(named, address=None, access_open=False, reboot_wanted=False)
    return Step(looked_at_again(reset, situation, patience.soon), _stop_again(server, now - since, patience))


def _down(situation: Situation, server: Server, patience: Patience) -> Step:
    """Powered off from inside is its owner's stop; anything else is the provider's, and we start it again."""
    rental, now = situation.rental, situation.now
    if server.powered_off_inside and _went_down_unasked(situation):
        return _stopped(replace(situation, rental=replace(rental, wish=Wish.STOPPED)), patience)
    down = replace(rental, address=None, access_open=False, stop_asked_at=None, reboot_wanted=False)
    if _taken_back(rental, server) and _has_had_time(situation, patience):
        return Step(refused(down, Call.START, now, patience, server.refusal or ""))
    if rental.status is Status.STOPPED:
        down = replace(down, coming_up_since=now, refusals=0)
    called = replace(down, start_asked_at=now)
    starting = called.with_status(Status.IN_QUEUE if called.refusals else called.coming_up, now)
    return Step(looked_at_again(starting, situation, patience.soon), (Call.START,))


def _taken_back(rental: Rental, server: Server) -> bool:
    """Down because the provider accepted our start and then did not carry it out."""
    return rental.start_asked_at is not None and server.refusal is not None


def _has_had_time(situation: Situation, patience: Patience) -> bool:
    """Just after the call the provider may still tell how the start before it ended."""
    asked_at = situation.rental.start_asked_at
    return asked_at is not None and situation.seen_at - asked_at >= patience.soon


def _went_down_unasked(situation: Situation) -> bool:
    """Down since it was last seen running, without our asking. What powered it off before its start is long past."""
    rental = situation.rental
    was_up = rental.status in CHARGED_RUNNING or rental.status is Status.STOPPING
    return was_up and rental.stop_asked_at is None
