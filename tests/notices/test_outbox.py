"""Every message is sent at least once, and twice only where a send was left open. docs/rules.md, "When the balance runs
low": a rare double rather than a lost warning."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.errors import NotFound
from chalicelib.notices.delivery import LEASES_SECONDS, MOST_REJECTIONS
from chalicelib.notices.mailer import Recipient
from chalicelib.notices.messages import MailState, Message
from chalicelib.notices.outbox import MOST_OF_A_SHARD, Outcome
from tests.notices.unreliable import NOON, Fault, Gate, Plan, World, drawn, fault_at, no_faults

CALLS = ("notice", "move", "of", "send", "mark_sent")
"""What one delivery calls, in this order."""


def state_of(world: World, message: Message) -> MailState:
    return world.store.notice(message.account_id, message.message_id).delivery.state


def test_a_message_is_sent_once_and_marked() -> None:
    world = World()
    message = world.write(1)
    gate = Gate(no_faults)
    assert world.outbox(gate).deliver(message.account_id, message.message_id) is Outcome.SENT
    assert tuple(gate.effects) == CALLS
    (letter,) = world.letters
    assert letter.to == f"{message.account_id}@example.com"
    assert letter.message_id == message.message_id
    assert letter.topic == "balance_low"
    assert letter.content.text.startswith("Hello Ada,")
    assert state_of(world, message) is MailState.SENT


def test_a_record_that_comes_again_sends_nothing() -> None:
    world = World()
    message = world.write(1)
    world.deliver(message)
    world.now += 10**6
    assert [world.deliver(message) for _ in range(3)] == [Outcome.NOT_DUE] * 3
    assert len(world.letters) == 1


def test_what_the_stream_drops_the_schedule_sends() -> None:
    world = World()
    message = world.write(1)
    world.deliver_due()
    assert world.letters == [], "the stream goes first"
    world.now += 60
    world.deliver_due()
    assert state_of(world, message) is MailState.SENT


def test_a_message_decided_late_is_sent_at_once() -> None:
    world = World()
    world.write(1, created_at=NOON - 86400)
    world.deliver_due()
    assert len(world.letters) == 1


def test_a_message_that_expired_is_no_error() -> None:
    world = World()
    gone = Message("acct_1", "mesg_1", world.write(1).topic, NOON, {})
    assert world.deliver(gone) is Outcome.NOT_DUE


@pytest.mark.parametrize("number", range(len(CALLS)), ids=CALLS)
@pytest.mark.parametrize("fault", list(Fault))
def test_one_fault_at_one_call(number: int, fault: Fault) -> None:
    """Every call of a delivery with every fault: nothing is lost, and only a send left open is doubled."""
    world = World()
    message = world.write(1)
    world.deliver(message, fault_at(number, fault))
    world.heal()
    assert world.times_sent()[message.message_id] >= 1
    assert world.doubles == world.sends_left_open
    assert state_of(world, message) is MailState.SENT
    sent_and_not_marked = {("send", Fault.KILLED_AFTER), ("send", Fault.ANSWER_LOST)} | {
        ("mark_sent", fault) for fault in (Fault.KILLED_BEFORE, Fault.REQUEST_LOST, Fault.BUSY)
    }
    assert world.doubles == ((CALLS[number], fault) in sent_and_not_marked)


def test_two_relays_at_once_send_once_however_their_calls_meet() -> None:
    """Every order in which the calls of two relays can follow each other."""
    turns = len(CALLS) + 1
    for firsts in combinations(range(2 * turns), turns):
        world = World()
        message = world.write(1)
        order = [0 if place in firsts else 1 for place in range(2 * turns)]
        world.deliver_together([message, message], order, [no_faults, no_faults])
        assert len(world.letters) == 1, order
        assert state_of(world, message) is MailState.SENT


def test_a_relay_that_was_paused_over_its_lease_does_not_send() -> None:
    world = World()
    message = world.write(1)

    def sleeping(call: str) -> Fault:
        if call == "of":
            world.now += LEASES_SECONDS[0]
        return Fault.NONE

    assert world.deliver(message, sleeping) is Outcome.NOT_DUE
    assert world.letters == []
    world.heal()
    assert len(world.letters) == 1


FAULTS = st.sampled_from([*[Fault.NONE] * 6, *Fault])
PLANS = st.lists(FAULTS, max_size=12)


@st.composite
def happenings(draw: st.DrawFn) -> list[tuple[str, object]]:
    """The stream, doubled or dropped; the schedule, late or twice; relays at once; time."""
    number = st.integers(0, 2)
    one = st.one_of(
        st.tuples(st.just("stream"), st.tuples(number, PLANS)),
        st.tuples(st.just("schedule"), PLANS),
        st.tuples(st.just("wait"), st.sampled_from([1, 59, 60, 179, 180, 299, 300, 3600, 86400])),
        st.tuples(
            st.just("together"),
            st.tuples(
                st.lists(number, min_size=2, max_size=3),
                st.lists(st.integers(0, 2), max_size=18),
                st.lists(PLANS, min_size=3, max_size=3),
            ),
        ),
    )
    return draw(st.lists(one, max_size=12))


@given(happenings())
@settings(max_examples=200, deadline=None)
def test_nothing_is_lost_and_doubles_are_counted(script: list[tuple[str, object]]) -> None:
    world = World()
    messages = [world.write(number) for number in range(3)]
    for what, with_what in script:
        match what, with_what:
            case "stream", (int(number), list(plan)):
                world.deliver(messages[number], drawn(iter(plan)))
            case "schedule", list(plan):
                world.deliver_due(drawn(iter(plan)))
            case "wait", int(seconds):
                world.now += seconds
            case "together", (list(numbers), list(turns), list(plans)):
                chosen = [messages[number] for number in numbers]
                world.deliver_together(chosen, turns, [drawn(iter(plan)) for plan in plans[: len(chosen)]])
    world.heal()
    assert set(world.times_sent()) == {message.message_id for message in messages}, "a warning was lost"
    assert world.doubles <= world.sends_left_open
    assert all(state_of(world, message) is MailState.SENT for message in messages)


# Refusals.


def test_a_refused_letter_is_tried_again_and_sent_once() -> None:
    for fault in (Fault.THROTTLED, Fault.NOT_READY):
        world = World()
        message = world.write(1)
        assert world.deliver(message, fault_at(3, fault)) is Outcome.HELD_UP
        world.heal()
        assert (len(world.letters), world.doubles) == (1, 0)


def at_each_send(fault: Fault) -> Plan:
    return lambda call: fault if call == "send" else Fault.NONE


def test_trouble_of_our_own_is_never_given_up() -> None:
    world = World()
    message = world.write(1)
    for _ in range(12 * 24 * 7):
        world.deliver_due(at_each_send(Fault.NOT_READY))
        world.now += 300
    assert state_of(world, message) is MailState.PENDING
    world.heal()
    assert len(world.letters) == 1


def test_an_address_that_is_always_rejected_is_given_up_after_days_and_said_so() -> None:
    world = World()
    message = world.write(1)
    outcomes = []
    started = world.now
    while (outcome := world.deliver(message, at_each_send(Fault.REJECTED))) is not Outcome.FAILED:
        outcomes.append(outcome)
        world.now = world.outbox(Gate(no_faults)).next_due_at() or 0
    assert outcomes == [Outcome.REJECTED] * (MOST_REJECTIONS - 1)
    assert 3 * 86400 < world.now - started < 5 * 86400
    assert state_of(world, message) is MailState.FAILED
    assert world.outbox(Gate(no_faults)).next_due_at() is None


def test_an_account_without_an_address_counts_as_rejected() -> None:
    world = World()
    message = world.write(1)
    outbox = world.outbox(Gate(no_faults))

    class Nobody:
        def of(self, account_id: str) -> Recipient:
            raise NotFound("nobody")

    object.__setattr__(outbox, "addresses", Nobody())
    assert outbox.deliver(message.account_id, message.message_id) is Outcome.REJECTED
    assert world.letters == []


def test_sends_of_unknown_outcome_become_rare() -> None:
    """Each may have sent: a person is not written to every few minutes while nobody can tell."""
    world = World()
    world.write(1)
    for _ in range(12 * 24 * 7):
        world.deliver_due(at_each_send(Fault.ANSWER_LOST))
        world.now += 300
    first_day = 8
    assert len(world.letters) <= first_day + 6 * 4 + 1


# A scheduled run.


def test_a_run_stops_at_trouble_and_says_how_long_the_oldest_waits() -> None:
    world = World()
    for number in range(40):
        world.write(number)
    world.now += 3600
    gate = Gate(at_each_send(Fault.NOT_READY))
    run = world.outbox(gate).deliver_due()
    assert run.outcomes == {Outcome.HELD_UP: 1}
    assert run.oldest_seconds == 3600
    world.now += 240
    run = world.outbox(gate).deliver_due()
    assert run.oldest_seconds == 3840


def test_a_run_takes_up_so_many_of_each_shard_and_the_next_goes_on() -> None:
    world = World()
    written = 8 * MOST_OF_A_SHARD + 60
    for number in range(written):
        world.write(number)
    world.now += 60
    world.deliver_due()
    assert len(world.letters) <= 8 * MOST_OF_A_SHARD
    world.deliver_due()
    world.deliver_due()
    assert len(world.letters) == written


def test_one_that_breaks_holds_up_no_other() -> None:
    world = World()
    for number in range(3):
        world.write(number)
    world.now += 60
    reads = iter([Fault.NONE, Fault.BUSY])
    gate = Gate(lambda call: next(reads, Fault.NONE) if call == "notice" else Fault.NONE)
    run = world.outbox(gate).deliver_due()
    assert sum(run.outcomes.values()) == 3
    assert run.outcomes[Outcome.BROKEN] == 1
    assert run.outcomes[Outcome.SENT] == 2


def test_with_nothing_pending_a_run_is_quiet() -> None:
    run = World().outbox(Gate(no_faults)).deliver_due()
    assert (dict(run.outcomes), run.oldest_seconds) == ({}, 0)
