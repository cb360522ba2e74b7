"""What to do about a rental whose server is there: end it, halt it, or bring it up. Pure.

docs/rules.md, "Servers are driven to what they should be".
"""

from dataclasses import replace

from chalicelib.instances.provider import Server, ServerState
from chalicelib.instances.rental import CHARGED_RUNNING, Status, Wish
from chalicelib.instances.situation import Call, Patience, Situation, Step, looked_at_again


def with_server(situation: Situation, server: Server, patience: Patience) -> Step:
    """The step for a server that exists. What was counted while it was down in truth did not happen."""
    match situation.target:
        case Wish.GONE:
            return _end(situation, patience)
        case Wish.STOPPED:
            step = _halt(situation, server, patience)
        case _:
            step = _bring_up(situation, server, patience)
    down = situation.rental.status in CHARGED_RUNNING and server.state is not ServerState.RUNNING
    return replace(step, lost_use=down)


# A server that should be gone.


def _end(situation: Situation, patience: Patience) -> Step:
    rental = situation.rental
    if rental.status is not Status.RENTAL_ERROR:
        rental = rental.with_status(Status.TERMINATING, situation.now)
    asked_at = situation.now if rental.terminate_asked_at is None else rental.terminate_asked_at
    asked = replace(rental, address=None, terminate_asked_at=asked_at)
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
            pending = situation.rental.with_status(situation.rental.coming_up, situation.now)
            reset = replace(pending, address=None, access_open=False, reboot_wanted=False)
            return Step(looked_at_again(reset, situation, patience.soon))


def _running(situation: Situation, server: Server, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if not rental.access_open or server.address is None:
        coming = rental.with_status(rental.coming_up, now)
        calls = () if rental.access_open else (Call.OPEN_ACCESS,)
        return Step(looked_at_again(coming, situation, patience.soon), calls)
    seen = replace(
        rental,
        address=server.address,
        seen_running_at=max(rental.seen_running_at or 0, situation.seen_at),
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
    return Step(looked_at_again(seen.with_status(Status.ONLINE, now), situation, patience.steady))


def _going_down(situation: Situation, server: Server, patience: Patience) -> Step:
    """Stopping though it should run: a stop of ours that its owner or a restore overtook, or nobody's that we know."""
    rental, now = situation.rental, situation.now
    ours = rental.stop_asked_at is not None
    named = rental.with_status(rental.coming_up if ours else Status.STOPPING, now)
    since = rental.stop_asked_at if rental.stop_asked_at is not None else named.status_since
    reset = replace(named, address=None, access_open=False, reboot_wanted=False)
    return Step(looked_at_again(reset, situation, patience.soon), _stop_again(server, now - since, patience))


def _down(situation: Situation, server: Server, patience: Patience) -> Step:
    """Powered off from inside is its owner's stop; anything else is the provider's, and we start it again."""
    rental, now = situation.rental, situation.now
    if server.powered_off_inside and _went_down_unasked(situation):
        return _stopped(replace(situation, rental=replace(rental, wish=Wish.STOPPED)), patience)
    if rental.status is Status.STOPPED:
        rental = replace(rental, coming_up_since=now, refusals=0)
    starting = replace(
        rental.with_status(Status.IN_QUEUE if rental.refusals else rental.coming_up, now),
        address=None,
        access_open=False,
        stop_asked_at=None,
        reboot_wanted=False,
    )
    return Step(looked_at_again(starting, situation, patience.soon), (Call.START,))


def _went_down_unasked(situation: Situation) -> bool:
    """Down since it was last seen running, without our asking. What powered it off before its start is long past."""
    rental = situation.rental
    was_up = rental.status in CHARGED_RUNNING or rental.status is Status.STOPPING
    return was_up and rental.stop_asked_at is None
