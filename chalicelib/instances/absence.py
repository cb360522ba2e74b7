"""What to do about a rental whose server is not there: not launched yet, missing, or gone. Pure.

docs/rules.md, "Servers are driven to what they should be".
"""

from dataclasses import replace

from chalicelib.instances.policy import Patience
from chalicelib.instances.rental import NO_CAPACITY, Rental
from chalicelib.instances.situation import (
    NOT_STARTED_REASON,
    Call,
    Situation,
    Step,
    finished,
    looked_at_again,
)
from chalicelib.instances.status import Status, Wish

_NO_CAPACITY_REASON = "The provider had no capacity for this server."
_VANISHED_REASON = "The server is gone at the provider."


def without_server(situation: Situation, patience: Patience) -> Step:
    """The step for a server that is terminated, or that the provider does not know."""
    rental, ended = situation.rental, situation.server is not None
    if rental.server_id is None:
        return _never_launched(situation, patience)
    if not ended and not _long_missing(situation, patience):
        return _missing(situation, patience)
    if situation.target is Wish.GONE:
        return _went(situation)
    if ended and rental.seen_running_at is None:
        return _launch_died(situation, patience)
    return _vanished(situation, patience)


def _missing(situation: Situation, patience: Patience) -> Step:
    """Not found says nothing for a while, least of all just after a launch or a terminate."""
    rental = situation.rental
    if situation.target is Wish.GONE:
        rental = _named_by_target(situation)
    since = situation.now if rental.missing_since is None else rental.missing_since
    return Step(looked_at_again(replace(rental, missing_since=since), situation, 3 * patience.soon))


def _long_missing(situation: Situation, patience: Patience) -> bool:
    since = situation.rental.missing_since
    return since is not None and situation.now - since >= patience.unseen


def _named_by_target(situation: Situation) -> Rental:
    """Its status while nothing is known but what it should be."""
    rental, now = situation.rental, situation.now
    if situation.target is Wish.GONE:
        return rental.with_status(Status.TERMINATING, now)
    if situation.target is Wish.STOPPED and rental.status is not Status.STOPPED:
        return rental.with_status(Status.STOPPING, now)
    return rental


def _went(situation: Situation) -> Step:
    """Gone as it should be. If we never asked, it had died before its owner ended it."""
    rental = situation.rental
    end = Status.RENTAL_ERROR if rental.failure else Status.DELETED
    died = rental.server_id is not None and rental.terminate_asked_at is None
    return Step(finished(rental, end, situation.now), lost_use=died)


def _launch_died(situation: Situation, patience: Patience) -> Step:
    """The provider dropped the server before it ever ran: a definite refusal of that launch."""
    died = replace(situation.rental, server_id=None, missing_since=None)
    if situation.target is Wish.RUNNING:
        queued = refused(died, Call.LAUNCH, situation.now, patience, _word_for(situation))
        return Step(queued, lost_use=True)
    return Step(looked_at_again(_next_attempt(died), situation, patience.soon), lost_use=True)


def _word_for(situation: Situation) -> str:
    told = situation.server.refusal if situation.server else None
    return told or situation.rental.refusal or "ended_before_it_ran"


def _vanished(situation: Situation, patience: Patience) -> Step:
    rental = situation.rental
    if not situation.may_close:
        return Step(looked_at_again(rental, situation, patience.retry))
    closed = finished(rental, Status.DELETED, situation.now, failure=_VANISHED_REASON)
    return Step(closed, gone=True, lost_use=True)


def _never_launched(situation: Situation, patience: Patience) -> Step:
    if situation.target is Wish.RUNNING:
        return _launch(situation, patience)
    if _recently_called(situation, patience):
        return Step(looked_at_again(_named_by_target(situation), situation, patience.soon))
    if situation.target is Wish.GONE:
        return _went(situation)
    stopped = replace(situation.rental.with_status(Status.STOPPED, situation.now), maybe_launched_at=None)
    return Step(looked_at_again(stopped, situation, patience.steady))


def _recently_called(situation: Situation, patience: Patience) -> bool:
    """Whether a launch may have made a server that can not be seen yet."""
    called_at = situation.rental.maybe_launched_at
    return called_at is not None and situation.now - called_at < patience.unseen


def _launch(situation: Situation, patience: Patience) -> Step:
    rental, now = situation.rental, situation.now
    if rental.status in (Status.STOPPED, Status.STOPPING):
        rental = replace(rental, coming_up_since=now, refusals=0)
    tried = rental.refusals > 0 or rental.maybe_launched_at is not None
    if tried and now - rental.coming_up_since >= patience.give_up_launch:
        if _recently_called(situation, patience):
            return Step(looked_at_again(rental, situation, patience.retry))
        return _launch_failed(rental, now)
    called = replace(
        rental.with_status(Status.IN_QUEUE if rental.refusals else Status.CREATING, now),
        maybe_launched_at=now,
        launched_key_ids=rental.launched_key_ids or rental.key_ids,
    )
    unanswered = rental.maybe_launched_at if _recently_called(situation, patience) else None
    again = looked_at_again(called, situation, patience.retry)
    return Step(again, (Call.LAUNCH,), unanswered_launch_at=unanswered)


def _launch_failed(rental: Rental, now: int) -> Step:
    reason = _NO_CAPACITY_REASON if rental.refusal == NO_CAPACITY else NOT_STARTED_REASON
    return Step(finished(rental, Status.RENTAL_ERROR, now, failure=reason), gone=True)


def refused(
    rental: Rental, call: Call, now: int, patience: Patience, reason: str, unanswered_launch_at: int | None = None
) -> Rental:
    """The record after a definite refusal of a launch or a start: queued, and tried again later and later.

    Whether the provider refused at once or after it had accepted the call makes no difference.
    A launch takes its next attempt, and with it a new token, only when no call with the present one is unanswered.
    """
    queued = replace(
        rental.with_status(Status.IN_QUEUE, now),
        refusals=rental.refusals + 1,
        refusal=reason,
        start_asked_at=None,
        look_at=now + patience.after_refusals(rental.refusals),
    )
    if call is not Call.LAUNCH:
        return queued
    if unanswered_launch_at is not None:
        return replace(queued, maybe_launched_at=unanswered_launch_at)
    return _next_attempt(queued)


def _next_attempt(rental: Rental) -> Rental:
    return replace(
        rental, attempt=rental.attempt + 1, maybe_launched_at=None, image_id=None, launched_key_ids=()
    )
