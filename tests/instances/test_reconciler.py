"""Decisions, for every rental and every answer of a provider that there can be."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.instances.policy import Patience
from chalicelib.instances.provider import GONE, Server, ServerState
from chalicelib.instances.reconciler import Call, Situation, Step, decide, refused, target_of
from chalicelib.instances.rental import Rental
from chalicelib.instances.situation import finished
from chalicelib.instances.status import CHARGED_RUNNING, FINISHED, OVER, Status, Wish
from tests.instances.yard import ACCOUNT, an_offer

NOW = 1_000_000
PATIENCE = Patience()
moments = st.none() | st.integers(NOW - 3_000, NOW)

RENTALS = st.builds(
    Rental,
    rental_id=st.just("rent_1"),
    account_id=st.just(ACCOUNT),
    name=st.just("box"),
    offer=st.just(an_offer()),
    created_at=st.just(NOW - 3_000),
    public_keys=st.just(("ssh-ed25519 AAAA",)),
    key_ids=st.just(("key_1",)),
    wish=st.sampled_from(Wish),
    status=st.sampled_from(Status),
    status_since=st.integers(NOW - 3_000, NOW),
    server_id=st.none() | st.just("i-1"),
    access_open=st.booleans(),
    attempt=st.integers(1, 3),
    coming_up_since=st.integers(NOW - 3_000, NOW),
    maybe_launched_at=moments,
    refusals=st.integers(0, 40),
    seen_running_at=moments,
    missing_since=moments,
    start_asked_at=moments,
    stop_asked_at=moments,
    reboot_wanted=st.booleans(),
    look_at=moments,
)
SERVERS = st.none() | st.builds(
    Server,
    server_id=st.just("i-1"),
    state=st.sampled_from(ServerState),
    address=st.none() | st.just("203.0.113.7"),
    access_open=st.booleans(),
    launched_at=st.integers(NOW - 3_000, NOW),
    powered_off_inside=st.booleans(),
    refusal=st.none() | st.just("Server.InternalError"),
)
SITUATIONS = st.builds(
    Situation,
    rental=RENTALS,
    target=st.sampled_from(Wish),
    server=SERVERS,
    seen_at=st.just(NOW),
    now=st.just(NOW),
    may_close=st.booleans(),
)


def decided(situation: Situation) -> Step:
    return decide(situation, PATIENCE)


@given(SITUATIONS)
@settings(max_examples=200, deadline=None)
def test_nothing_but_a_finished_rental_is_without_a_next_look(situation: Situation) -> None:
    """And the next look is later than now, so that no rental keeps a worker busy."""
    after = decided(situation).rental
    if after.look_at is None:
        assert after.status in FINISHED
    else:
        assert after.look_at > NOW


@given(SITUATIONS)
@settings(max_examples=200, deadline=None)
def test_calls_fit_what_was_seen_and_what_should_be(situation: Situation) -> None:
    step = decided(situation)
    server = situation.server
    state = None if server is None or server.state in GONE else server.state
    fits = {
        Call.LAUNCH: state is None and situation.target is Wish.RUNNING and situation.rental.server_id is None,
        Call.START: state is ServerState.STOPPED and situation.target is Wish.RUNNING,
        Call.STOP: state is not ServerState.STOPPED and situation.target is Wish.STOPPED,
        Call.FORCE_STOP: state is not ServerState.STOPPED and situation.target is not Wish.GONE,
        Call.REBOOT: state is ServerState.RUNNING and situation.target is Wish.RUNNING,
        Call.TERMINATE: state is not None and (situation.target is Wish.GONE or step.gone),
        Call.OPEN_ACCESS: state is ServerState.RUNNING and situation.target is Wish.RUNNING,
        Call.CLOSE_ACCESS: state is not None and situation.target is Wish.STOPPED,
    }
    assert all(fits[call] for call in step.calls)


@given(SITUATIONS)
@settings(max_examples=200, deadline=None)
def test_no_decision_starts_a_running_price_without_a_running_server(situation: Situation) -> None:
    after = decided(situation).rental
    if after.status in CHARGED_RUNNING and situation.rental.status not in CHARGED_RUNNING:
        assert situation.server is not None and situation.server.state is ServerState.RUNNING
        assert situation.target is Wish.RUNNING
        assert after.address == situation.server.address is not None


@given(SITUATIONS)
@settings(max_examples=200, deadline=None)
def test_a_server_that_is_down_is_not_charged_as_running(situation: Situation) -> None:
    down = situation.server is not None and situation.server.state not in (ServerState.RUNNING, *GONE)
    if down and situation.target is Wish.RUNNING:
        after = decided(situation).rental
        assert after.wish is not Wish.RUNNING or after.price(account_active=True) == 0


@given(SITUATIONS)
@settings(max_examples=200, deadline=None)
def test_only_the_end_of_a_server_or_a_first_launch_that_failed_ends_a_rental(situation: Situation) -> None:
    step = decided(situation)
    if step.gone:
        assert step.rental.wish is Wish.GONE and situation.target is not Wish.GONE
        if situation.server is None or situation.server.state in GONE:
            assert step.rental.status in FINISHED
        else:
            assert step.rental.status is Status.TERMINATING and step.calls == (Call.TERMINATE,)
            assert situation.target is Wish.RUNNING and situation.rental.seen_running_at is None


@given(SITUATIONS)
@settings(max_examples=200, deadline=None)
def test_a_wish_is_changed_only_by_a_power_off_from_inside_or_the_end(situation: Situation) -> None:
    step = decided(situation)
    if step.rental.wish is not situation.rental.wish and step.rental.wish is not Wish.GONE:
        assert situation.server is not None and situation.server.powered_off_inside
        assert situation.rental.stop_asked_at is None
        assert step.rental.wish is Wish.STOPPED


@given(SITUATIONS)
@settings(max_examples=200, deadline=None)
def test_only_a_server_that_died_before_it_ran_takes_the_next_attempt(situation: Situation) -> None:
    step = decided(situation)
    if step.rental.attempt != situation.rental.attempt:
        assert situation.server is not None and situation.server.state in GONE
        assert situation.rental.seen_running_at is None
        assert step.rental.server_id is None and step.rental.maybe_launched_at is None


@given(SITUATIONS)
@settings(max_examples=500, deadline=None)
def test_a_start_that_was_taken_back_is_called_again_when_its_pause_is_over(situation: Situation) -> None:
    step, server = decided(situation), situation.server
    if step.rental.refusals > situation.rental.refusals and step.rental.server_id is not None:
        assert server is not None and server.refusal and situation.rental.start_asked_at is not None
        assert (step.rental.status, step.rental.refusal, step.calls) == (Status.IN_QUEUE, server.refusal, ())
        later = replace(situation, rental=step.rental, now=step.rental.look_at or 0, seen_at=step.rental.look_at or 0)
        assert decided(later).calls == (Call.START,)


@given(RENTALS, st.sampled_from([Call.LAUNCH, Call.START]), moments)
def test_a_refusal_is_tried_again_later(rental: Rental, call: Call, unanswered: int | None) -> None:
    after = refused(rental, call, NOW, PATIENCE, "no", unanswered)
    assert after.look_at is not None and NOW < after.look_at <= NOW + PATIENCE.longest_retry
    next_token = call is Call.LAUNCH and unanswered is None
    assert after.attempt == rental.attempt + next_token


@pytest.mark.parametrize(("wish", "active", "live"), list(product(Wish, [True, False], [True, False])))
def test_what_a_server_should_be(wish: Wish, active: bool, live: bool) -> None:
    rental = Rental("rent_1", ACCOUNT, "box", an_offer(), 0, (), (), wish=wish)
    target = target_of(rental, account_active=active, meter_live=live)
    if not live:
        assert target is Wish.GONE
    elif wish is not Wish.GONE and not active:
        assert target is Wish.STOPPED
    else:
        assert target is wish


@pytest.mark.parametrize("status", [status for status in Status if status not in FINISHED])
def test_only_an_end_is_an_end(status: Status) -> None:
    rental = Rental("rent_1", ACCOUNT, "box", an_offer(), 0, (), (), status=status)
    with pytest.raises(ValueError, match="not the end"):
        finished(rental, status, NOW)
    assert finished(replace(rental, look_at=NOW), Status.DELETED, NOW).look_at is None
    assert OVER >= FINISHED
