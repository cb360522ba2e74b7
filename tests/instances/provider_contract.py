"""The contract of a Provider. A test module inherits it, says on which bench it stands, and runs it there.

    class TestFakeProvider(ProviderContract):
        @pytest.fixture
        def bench(self) -> Bench: ...

A bench has the provider and a verb for each thing that goes wrong at one. Whatever it starts with is empty.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import pytest

from chalicelib.errors import OutcomeUnknown
from chalicelib.instances.provider import (
    GONE,
    LaunchOrder,
    NoCapacity,
    Provider,
    Refused,
    Server,
    ServerNotFound,
    ServerState,
    Throttled,
    WrongState,
)
from chalicelib.instances.rental import NO_CAPACITY
from tests.instances.yard import ACCOUNT, an_offer

REGION = "us-east-1"
UNKNOWN = "i-0123456789abcdef0"
TAKEN_BACK = (NO_CAPACITY, "Server.InternalError")
"""Words for a launch or start that was accepted and not carried out."""
AT_REST = (ServerState.RUNNING, ServerState.STOPPED, ServerState.TERMINATED)
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL0 a@b"


class Bench(Protocol):
    """A provider that a test can spoil. Verbs are named as the provider's own."""

    provider: Provider
    image_id: str

    def pass_time(self) -> None:
        """Enough for a server to come to rest."""

    def access_is_open(self, server_id: str) -> bool:
        """Whether new connections get in, whatever the provider says to us."""

    def lose_capacity(self) -> None: ...

    def regain_capacity(self) -> None: ...

    def refuse(self, verb: str, code: str) -> None:
        """The next call is refused with this code."""

    def throttle(self, verb: str) -> None:
        """The next call is throttled."""

    def lose_answer(self, verb: str) -> None:
        """The next call has its effect, and no answer."""

    def lose_request(self, verb: str) -> None:
        """The next call has neither."""

    def hide_new_servers(self) -> None:
        """Servers launched from now on are not found before time passes."""

    def hang_next_stop(self) -> None: ...

    def fail_next_launch(self, word: str) -> None:
        """The next launch is accepted and ended before it runs; `word` is the refusal that the server then has."""

    def fail_next_start(self, word: str) -> None:
        """The next start is accepted, and the server stopped again before it runs."""

    def die(self, server_id: str) -> None: ...

    def go_down(self, server_id: str) -> None: ...

    def power_off(self, server_id: str) -> None: ...

    def vanish(self, server_id: str) -> None: ...


def verbs(provider: Provider) -> dict[str, Callable[[str], None]]:
    """What can be asked of one server."""
    return {
        "start": lambda server_id: provider.start(REGION, server_id),
        "stop": lambda server_id: provider.stop(REGION, server_id, force=False),
        "reboot": lambda server_id: provider.reboot(REGION, server_id),
        "terminate": lambda server_id: provider.terminate(REGION, server_id),
        "open_access": lambda server_id: provider.open_access(REGION, server_id),
        "close_access": lambda server_id: provider.close_access(REGION, server_id),
    }


class Hand:
    """What the tests do with a bench, in few words."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.provider, self.do = bench, bench.provider, verbs(bench.provider)

    def order(self, token: str = "rent_one-1", rental_id: str = "rent_one") -> LaunchOrder:
        return LaunchOrder(token, self.bench.image_id, ACCOUNT, rental_id, "box", an_offer(), (KEY,))

    def launch(self, token: str = "rent_one-1", rental_id: str = "rent_one") -> str:
        return self.provider.launch(self.order(token, rental_id)).server_id

    def running(self, token: str = "rent_one-1", rental_id: str = "rent_one") -> str:
        server_id = self.launch(token, rental_id)
        assert self.rest(server_id).state is ServerState.RUNNING
        return server_id

    def stopped(self) -> str:
        server_id = self.running()
        self.do["stop"](server_id)
        assert self.rest(server_id).state is ServerState.STOPPED
        return server_id

    def seen(self, server_id: str) -> Server:
        return self.provider.describe(REGION, [server_id])[server_id]

    def rest(self, server_id: str) -> Server:
        """The server once it is at rest."""
        for _ in range(10):
            server = self.provider.describe(REGION, [server_id]).get(server_id)
            if server is not None and server.state in AT_REST:
                return server
            self.bench.pass_time()
        raise AssertionError(f"{server_id} does not come to rest: {server}")

    def state(self, server_id: str) -> ServerState:
        return self.seen(server_id).state

    def all_ids(self) -> list[str]:
        return [server.server_id for server in self.provider.servers(REGION)]


class ProviderContract:
    """What every provider of servers does."""

    @pytest.fixture
    def bench(self) -> Bench:
        """The bench of this provider."""
        raise NotImplementedError

    @pytest.fixture
    def hand(self, bench: Bench) -> Hand:
        return Hand(bench)

    # Launching.

    def test_a_server_comes_up_with_an_address_and_lets_nobody_in(self, hand: Hand) -> None:
        launched = hand.provider.launch(hand.order())
        assert (launched.state, launched.address) == (ServerState.PENDING, None)
        assert (launched.rental_id, launched.account_id, launched.region) == ("rent_one", ACCOUNT, REGION)
        server = hand.rest(launched.server_id)
        assert server.state is ServerState.RUNNING
        assert server.address is not None and not server.powered_off_inside
        assert not hand.bench.access_is_open(server.server_id)

    def test_a_launch_repeated_with_its_token_makes_one_server(self, hand: Hand) -> None:
        assert hand.launch() == hand.launch()
        assert len(hand.all_ids()) == 1

    def test_another_token_makes_another_server(self, hand: Hand) -> None:
        assert len({hand.launch("rent_one-1"), hand.launch("rent_one-2")}) == 2 == len(hand.all_ids())

    @pytest.mark.parametrize(
        "change", [{"public_keys": ()}, {"name": "other"}, {"offer": replace(an_offer(), disk_gb=9)}]
    )
    def test_a_token_with_another_order_makes_no_server(self, hand: Hand, change: dict[str, object]) -> None:
        server_id = hand.launch()
        with pytest.raises(OutcomeUnknown):
            hand.provider.launch(replace(hand.order(), **change))  # type: ignore[arg-type]
        assert hand.all_ids() == [server_id]

    def test_without_capacity_a_launch_is_refused_and_leaves_nothing(self, hand: Hand) -> None:
        hand.bench.lose_capacity()
        with pytest.raises(NoCapacity):
            hand.launch()
        assert (hand.all_ids(), hand.provider.find(REGION, "rent_one")) == ([], None)
        hand.bench.regain_capacity()
        hand.running()

    def test_a_launch_that_was_answered_is_answered_again_without_capacity(self, hand: Hand) -> None:
        server_id = hand.launch()
        hand.bench.lose_capacity()
        assert hand.launch() == server_id

    def test_a_launch_may_be_refused_for_another_reason(self, hand: Hand) -> None:
        hand.bench.refuse("launch", "UnauthorizedOperation")
        with pytest.raises(Refused) as refusal:
            hand.launch()
        assert (type(refusal.value), refusal.value.code) == (Refused, "UnauthorizedOperation")
        assert hand.all_ids() == []

    def test_a_launch_without_an_answer_has_made_a_server_that_the_tag_finds(self, hand: Hand) -> None:
        hand.bench.lose_answer("launch")
        with pytest.raises(OutcomeUnknown):
            hand.launch()
        found = hand.provider.find(REGION, "rent_one")
        assert found is not None
        assert hand.launch() == found.server_id
        assert hand.all_ids() == [found.server_id]

    def test_a_launch_that_never_arrived_has_made_none(self, hand: Hand) -> None:
        hand.bench.lose_request("launch")
        with pytest.raises(OutcomeUnknown):
            hand.launch()
        assert (hand.all_ids(), hand.provider.find(REGION, "rent_one")) == ([], None)

    @pytest.mark.parametrize("word", TAKEN_BACK)
    def test_a_server_may_be_accepted_and_dropped_before_it_runs(self, hand: Hand, word: str) -> None:
        hand.bench.fail_next_launch(word)
        launched = hand.provider.launch(hand.order())
        assert launched.refusal is None
        server = hand.rest(launched.server_id)
        assert (server.state, server.address, server.refusal) == (ServerState.TERMINATED, None, word)
        assert (hand.all_ids(), list(hand.provider.volumes(REGION))) == ([], [])
        assert hand.launch() == server.server_id
        assert hand.rest(hand.launch("rent_one-2")).state is ServerState.RUNNING

    def test_a_new_server_may_not_be_found_for_a_while(self, hand: Hand) -> None:
        hand.bench.hide_new_servers()
        server_id = hand.launch()
        assert hand.provider.describe(REGION, [server_id]) == {}
        assert hand.provider.find(REGION, "rent_one") is None
        with pytest.raises(ServerNotFound):
            hand.do["terminate"](server_id)
        assert hand.launch() == server_id
        assert hand.rest(server_id).state is ServerState.RUNNING

    # Seeing.

    def test_those_that_are_not_known_are_left_out(self, hand: Hand) -> None:
        server_id = hand.launch()
        assert set(hand.provider.describe(REGION, [UNKNOWN, server_id])) == {server_id}
        assert hand.provider.describe(REGION, []) == {}

    def test_a_server_is_found_by_its_rental_and_a_gone_one_is_not(self, hand: Hand) -> None:
        one, other = hand.running(), hand.running("rent_other-1", "rent_other")
        found = hand.provider.find(REGION, "rent_one")
        assert found is not None and (found.server_id, found.account_id) == (one, ACCOUNT)
        hand.do["terminate"](one)
        assert hand.provider.find(REGION, "rent_one") is None
        assert hand.provider.find(REGION, "rent_none") is None
        assert hand.all_ids() == [other]

    def test_a_server_that_vanished_is_not_known_and_its_token_makes_no_other(self, hand: Hand) -> None:
        server_id = hand.running()
        hand.bench.vanish(server_id)
        assert hand.provider.describe(REGION, [server_id]) == {}
        assert hand.provider.find(REGION, "rent_one") is None
        assert hand.launch() == server_id
        assert hand.all_ids() == []

    def test_the_inventory_has_servers_and_their_disks_by_tag(self, hand: Hand) -> None:
        one, other = hand.running(), hand.running("rent_other-1", "rent_other")
        assert {server.server_id for server in hand.provider.servers(REGION)} == {one, other}
        disks = {(disk.server_id, disk.rental_id, disk.account_id) for disk in hand.provider.volumes(REGION)}
        assert disks == {(one, "rent_one", ACCOUNT), (other, "rent_other", ACCOUNT)}
        hand.do["terminate"](one)
        assert hand.rest(one).state is ServerState.TERMINATED
        assert hand.all_ids() == [other]
        assert [disk.server_id for disk in hand.provider.volumes(REGION)] == [other]

    # Driving.

    def test_a_stop_keeps_the_server_and_its_disk_and_a_start_brings_another_address(self, hand: Hand) -> None:
        server_id = hand.running()
        first = hand.seen(server_id).address
        hand.do["stop"](server_id)
        assert hand.state(server_id) is ServerState.STOPPING
        stopped = hand.rest(server_id)
        assert (stopped.state, stopped.address, stopped.powered_off_inside) == (ServerState.STOPPED, None, False)
        assert [disk.server_id for disk in hand.provider.volumes(REGION)] == [server_id]
        hand.do["start"](server_id)
        assert hand.seen(server_id).address is None
        again = hand.rest(server_id)
        assert again.state is ServerState.RUNNING
        assert again.address not in (None, first)

    @pytest.mark.parametrize("verb", ["stop", "start", "reboot", "terminate", "open_access", "close_access"])
    def test_what_is_asked_for_twice_is_done_once(self, hand: Hand, verb: str) -> None:
        server_id = hand.stopped() if verb == "start" else hand.running()
        hand.do[verb](server_id)
        hand.do[verb](server_id)
        ends = {"stop": ServerState.STOPPED, "terminate": ServerState.TERMINATED}
        assert hand.rest(server_id).state is ends.get(verb, ServerState.RUNNING)
        hand.do[verb](server_id)
        assert hand.state(server_id) is ends.get(verb, ServerState.RUNNING)

    @pytest.mark.parametrize("verb", ["stop", "start", "terminate", "open_access", "close_access"])
    def test_a_call_without_an_answer_may_have_been_carried_out(self, hand: Hand, verb: str) -> None:
        server_id = hand.stopped() if verb == "start" else hand.running()
        for lose in (hand.bench.lose_request, hand.bench.lose_answer):
            lose(verb)
            with pytest.raises(OutcomeUnknown):
                hand.do[verb](server_id)
        hand.do[verb](server_id)
        ends = {"stop": ServerState.STOPPED, "terminate": ServerState.TERMINATED}
        assert hand.rest(server_id).state is ends.get(verb, ServerState.RUNNING)
        assert hand.bench.access_is_open(server_id) == (verb == "open_access")

    @pytest.mark.parametrize("verb", ["stop", "start", "reboot", "terminate", "open_access", "close_access"])
    def test_a_throttled_call_has_done_nothing(self, hand: Hand, verb: str) -> None:
        server_id = hand.running()
        hand.bench.throttle(verb)
        with pytest.raises(Throttled):
            hand.do[verb](server_id)
        assert hand.state(server_id) is ServerState.RUNNING
        assert not hand.bench.access_is_open(server_id)

    def test_looking_and_launching_can_be_throttled_too(self, hand: Hand) -> None:
        looks: dict[str, Callable[[], object]] = {
            "launch": hand.launch,
            "find": lambda: hand.provider.find(REGION, "rent_one"),
            "describe": lambda: hand.provider.describe(REGION, [UNKNOWN]),
            "servers": lambda: list(hand.provider.servers(REGION)),
            "volumes": lambda: list(hand.provider.volumes(REGION)),
        }
        for verb, look in looks.items():
            hand.bench.throttle(verb)
            with pytest.raises(Throttled):
                look()
        assert hand.all_ids() == []

    @pytest.mark.parametrize("verb", ["stop", "start", "reboot", "terminate", "open_access", "close_access"])
    def test_a_server_that_is_not_known_is_not_found(self, hand: Hand, verb: str) -> None:
        with pytest.raises(ServerNotFound):
            hand.do[verb](UNKNOWN)

    def test_access_is_swapped_and_a_restart_does_not_change_it(self, hand: Hand) -> None:
        server_id = hand.running()
        hand.do["open_access"](server_id)
        assert hand.bench.access_is_open(server_id) and hand.seen(server_id).access_open
        hand.do["stop"](server_id)
        hand.rest(server_id)
        hand.do["start"](server_id)
        hand.rest(server_id)
        assert hand.bench.access_is_open(server_id)
        hand.do["close_access"](server_id)
        assert not hand.bench.access_is_open(server_id) and not hand.seen(server_id).access_open

    def test_a_server_that_never_ran_can_not_be_stopped(self, hand: Hand) -> None:
        server_id = hand.launch()
        with pytest.raises(WrongState):
            hand.do["stop"](server_id)
        assert hand.rest(server_id).state is ServerState.RUNNING

    def test_a_server_on_its_way_down_can_not_be_started(self, hand: Hand) -> None:
        server_id = hand.running()
        hand.do["stop"](server_id)
        with pytest.raises(WrongState):
            hand.do["start"](server_id)
        assert hand.rest(server_id).state is ServerState.STOPPED

    @pytest.mark.parametrize("verb", ["stop", "start", "reboot"])
    def test_a_gone_server_can_only_be_terminated(self, hand: Hand, verb: str) -> None:
        server_id = hand.running()
        hand.do["terminate"](server_id)
        with pytest.raises(WrongState):
            hand.do[verb](server_id)
        assert hand.rest(server_id).state in GONE

    def test_without_capacity_a_start_is_refused_and_the_server_stays_as_it_is(self, hand: Hand) -> None:
        server_id = hand.stopped()
        hand.bench.lose_capacity()
        with pytest.raises(NoCapacity):
            hand.do["start"](server_id)
        assert hand.state(server_id) is ServerState.STOPPED
        assert [disk.server_id for disk in hand.provider.volumes(REGION)] == [server_id]
        hand.bench.regain_capacity()
        hand.do["start"](server_id)
        assert hand.rest(server_id).state is ServerState.RUNNING

    @pytest.mark.parametrize("word", TAKEN_BACK)
    def test_a_start_may_be_accepted_and_taken_back(self, hand: Hand, word: str) -> None:
        server_id = hand.stopped()
        assert hand.seen(server_id).refusal is None
        hand.bench.fail_next_start(word)
        hand.do["start"](server_id)
        server = hand.rest(server_id)
        assert (server.state, server.address, server.refusal) == (ServerState.STOPPED, None, word)
        assert not server.powered_off_inside
        assert [disk.server_id for disk in hand.provider.volumes(REGION)] == [server_id]
        hand.do["start"](server_id)
        again = hand.rest(server_id)
        assert (again.state, again.refusal) == (ServerState.RUNNING, None)
        hand.do["stop"](server_id)
        assert hand.rest(server_id).refusal is None

    def test_a_stop_that_comes_first_is_no_refusal(self, hand: Hand) -> None:
        server_id = hand.stopped()
        hand.bench.fail_next_start(NO_CAPACITY)
        hand.do["start"](server_id)
        hand.do["stop"](server_id)
        server = hand.rest(server_id)
        assert (server.state, server.refusal) == (ServerState.STOPPED, None)

    def test_a_server_that_was_taken_back_can_be_terminated(self, hand: Hand) -> None:
        server_id = hand.stopped()
        hand.bench.fail_next_start(NO_CAPACITY)
        hand.do["start"](server_id)
        hand.rest(server_id)
        hand.do["terminate"](server_id)
        assert hand.rest(server_id).state is ServerState.TERMINATED

    def test_a_stop_that_hangs_ends_when_it_is_forced(self, hand: Hand) -> None:
        server_id = hand.running()
        hand.bench.hang_next_stop()
        hand.do["stop"](server_id)
        hand.bench.pass_time()
        hand.do["stop"](server_id)
        hand.bench.pass_time()
        assert hand.state(server_id) is ServerState.STOPPING
        hand.provider.stop(REGION, server_id, force=True)
        assert hand.rest(server_id).state is ServerState.STOPPED
        hand.provider.stop(REGION, server_id, force=True)
        assert hand.state(server_id) is ServerState.STOPPED

    def test_a_hanging_server_can_be_terminated(self, hand: Hand) -> None:
        server_id = hand.running()
        hand.bench.hang_next_stop()
        hand.do["stop"](server_id)
        hand.do["terminate"](server_id)
        assert hand.rest(server_id).state is ServerState.TERMINATED

    # What happens to servers.

    def test_powered_off_from_inside_is_told_from_stopped_by_the_provider(self, hand: Hand) -> None:
        inside, provider = hand.running(), hand.running("rent_other-1", "rent_other")
        hand.bench.power_off(inside)
        hand.bench.go_down(provider)
        assert hand.rest(inside).state is hand.rest(provider).state is ServerState.STOPPED
        assert (hand.seen(inside).powered_off_inside, hand.seen(provider).powered_off_inside) == (True, False)
        assert hand.seen(inside).refusal is hand.seen(provider).refusal is None
        hand.do["start"](inside)
        assert not hand.rest(inside).powered_off_inside

    def test_the_provider_may_end_a_server(self, hand: Hand) -> None:
        server_id = hand.running()
        hand.bench.die(server_id)
        assert hand.state(server_id) in GONE
        assert hand.all_ids() == []
