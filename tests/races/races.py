"""The races, for any engine. A test module makes the fixture `track` and subclasses it."""

from collections.abc import Callable
from functools import partial

import pytest

from chalicelib.billing.account import Status
from chalicelib.clock import DAY, HOUR, MINUTE
from chalicelib.errors import PaymentRequired
from chalicelib.instances.order import Lease
from chalicelib.instances.status import Wish
from chalicelib.notices.messages import Topic
from tests.instances.yard import NOON, RUNNING_PRICE
from tests.races.customer import Customer
from tests.races.track import Act, Racer, Track

DOLLAR = 1_000_000
ONE_HOUR = "3.60"
"""Dollars for one hour of the one offer there is."""
SIXTEEN = 16
SERVICE = "priority-support"


def sixteen(act: Callable[[int], object]) -> list[Act]:
    """The same act with each number from 0 to 15."""
    return [partial(act, number) for number in range(SIXTEEN)]


def refusals(racers: list[Racer]) -> list[object]:
    """Of those who were refused, why."""
    return [racer.refusal for racer in racers if racer.refusal]


class Races:
    """Everything about an account at once."""

    # ---- rents

    def test_money_for_one_admits_one_of_sixteen(self, track: Track) -> None:
        """Everybody has checked the balance before anybody rents. Of the others nothing is left, not even their key."""
        customer = track.open(ONE_HOUR)
        racers = track.together(*sixteen(lambda n: customer.rent(f"train{n}", f"key{n}")))
        assert len(refusals(racers)) == SIXTEEN - 1
        assert all(isinstance(refusal, PaymentRequired) for refusal in refusals(racers))
        (rental,) = customer.rentals
        assert [meter.meter_id for meter in customer.meters] == [rental.rental_id]
        assert customer.account.totals.live_rentals == 1
        remembered = track.services.rentals_store.remembered
        kept = [remembered(customer.account_id, f"key{n}") for n in range(SIXTEEN)]
        assert [each.rental_id for each in kept if each] == [rental.rental_id]
        track.check()

    def test_one_request_sent_sixteen_times_makes_one_rental(self, track: Track) -> None:
        customer = track.open("100")
        racers = track.together(*[lambda: customer.rent("train", "key")] * SIXTEEN)
        assert refusals(racers) == []
        assert {racer.answer.rental_id for racer in racers} == {rental.rental_id for rental in customer.rentals}
        assert len(customer.rentals) == 1
        track.check()

    def test_sixteen_of_one_name_make_one_rental(self, track: Track) -> None:
        customer = track.open("100")
        racers = track.together(*[lambda: customer.rent("train")] * SIXTEEN)
        assert {getattr(refusal, "code", "") for refusal in refusals(racers)} == {"name_taken"}
        assert len(customer.rentals) == 1
        track.check()

    def test_the_limit_of_five_holds_for_sixteen_at_once(self, track: Track) -> None:
        customer = track.open("100")
        racers = track.together(*sixteen(lambda n: customer.rent(f"train{n}")))
        assert {getattr(refusal, "code", "") for refusal in refusals(racers)} == {"rental_limit_reached"}
        assert len(customer.rentals) == customer.account.totals.live_rentals == 5
        track.check()

    def test_money_for_one_admits_a_rent_or_a_service_and_not_both(self, track: Track) -> None:
        customer = track.open(ONE_HOUR)
        acts: list[Act] = [customer.rent, partial(track.services.payables.activate, customer.account_id, SERVICE)]
        racers = track.together(*acts * 4)
        assert len(refusals(racers)) == len(racers) - 1
        assert len(customer.meters) == 1
        totals = customer.account.totals
        assert (totals.live_rentals, totals.active_services) in {(1, 0), (0, 1)}
        track.check()

    # ---- money

    def test_sixteen_credits_at_once_all_count(self, track: Track) -> None:
        customer = track.open("100")
        assert refusals(track.together(*sixteen(lambda n: customer.credit(f"{n + 1}", f"ref{n}")))) == []
        wanted = {"opening": 100 * DOLLAR} | {f"ref{n}": (n + 1) * DOLLAR for n in range(SIXTEEN)}
        assert customer.credits() == wanted
        assert customer.balance == sum(wanted.values())
        track.check()

    def test_one_reference_sent_eight_times_books_once(self, track: Track) -> None:
        customer = track.open("100")
        assert refusals(track.together(*[lambda: customer.credit("5", "once")] * 8)) == []
        assert customer.credits() == {"opening": 100 * DOLLAR, "once": 5 * DOLLAR}
        track.check()

    def test_a_deduction_beside_a_credit_beside_a_suspension(self, track: Track) -> None:
        """A day's close and running out are both due when two sweeps and a credit come: each keeps its own second."""
        customer = track.open("50.00")
        track.online(customer)
        runs_out_at = track.now + 50 * DOLLAR // (RUNNING_PRICE // HOUR)
        track.now = runs_out_at
        credit = partial(customer.credit, "10.00", "late")
        assert refusals(track.together(customer.settle, credit, customer.settle)) == []
        before_midnight = (NOON + DAY // 2 - (NOON + 20)) * 1_000
        assert customer.deductions() == [before_midnight]
        assert customer.credits() == {"opening": 50 * DOLLAR, "late": 10 * DOLLAR}
        told = {topic: customer.told(topic) for topic in Topic}
        (suspended,), (server,), (restored,) = (
            told[topic] for topic in (Topic.ACCOUNT_SUSPENDED, Topic.RENTAL_SUSPENDED, Topic.ACCOUNT_RESTORED)
        )
        assert suspended.created_at == server.created_at == restored.created_at == runs_out_at
        assert (customer.account.status, customer.balance) == (Status.ACTIVE, 10 * DOLLAR)
        track.now = NOON + 2 * DAY
        customer.settle()
        assert sum(customer.deductions()) == 50 * DOLLAR
        track.check()

    @pytest.mark.parametrize("wish", ["stop", "terminate"])
    @pytest.mark.parametrize("order", ["wish overtaken", "suspension overtaken", "together"])
    def test_its_owners_wish_beside_the_suspension(self, track: Track, wish: str, order: str) -> None:
        """The suspension is told once and takes every second that was paid; what its owner wished stands."""
        customer = track.open(ONE_HOUR)
        rental_id = track.online(customer)
        track.now += HOUR
        act = partial(getattr(track.services.rentals, wish), customer.account_id, rental_id)
        if order == "together":
            racers = track.together(act, customer.settle)
        else:
            racers = track.overtaken(*((act, customer.settle) if order == "wish overtaken" else (customer.settle, act)))
        assert refusals(racers) == []
        assert len(customer.told(Topic.ACCOUNT_SUSPENDED)) == len(customer.told(Topic.RENTAL_SUSPENDED)) == 1
        assert (customer.balance, customer.account.totals.rate) == (0, 0)
        (rental,) = customer.rentals
        assert rental.wish is {"stop": Wish.STOPPED, "terminate": Wish.GONE}[wish]
        status = Status.SUSPENDED if wish == "stop" else Status.ACTIVE
        assert customer.account.status is status, "with nothing halted the account is active"
        track.now = NOON + DAY
        customer.settle()
        assert customer.deductions() == [RUNNING_PRICE]
        track.check()

    # ---- sweeps

    def test_two_sweeps_at_once_settle_each_account_once(self, track: Track) -> None:
        """Each hands over every account that is due; each account is closed, suspended and told once."""
        customers = [track.open(ONE_HOUR) for _ in range(4)]
        for customer in customers:
            track.online(customer)
        track.now = NOON + DAY
        track.services.sweep.queue.send([])
        swept = track.at_once(track.services.sweep.run, track.services.sweep.run)
        assert [racer.answer.accounts for racer in swept] == [len(customers)] * 2
        hints = track.take_settle_hints()
        assert sorted(hints) == sorted([customer.account_id for customer in customers] * 2)
        assert refusals(track.together(*[customer.settle for customer in customers] * 2)) == []
        for customer in customers:
            assert customer.deductions() == [RUNNING_PRICE]
            assert len(customer.told(Topic.ACCOUNT_SUSPENDED)) == len(customer.told(Topic.RENTAL_SUSPENDED)) == 1
            assert customer.account.status is Status.SUSPENDED
        assert track.services.sweep.run().accounts == 0
        track.check()

    def test_a_lease_ends_once_and_at_its_second_whoever_comes_first(self, track: Track) -> None:
        """Sweeps, drivers and its owner who stops it, a little after it has ended."""
        customer = track.open("100")
        rental_id = track.online(customer)
        rentals, driver = track.services.rentals, track.services.driver
        ends_at = track.now + HOUR
        rentals.lease(customer.account_id, rental_id, Lease(hours=1))
        track.now = ends_at + 7
        acts: list[Act] = [
            customer.settle,
            partial(driver.drive, customer.account_id, rental_id),
            partial(rentals.stop, customer.account_id, rental_id),
        ]
        assert refusals(track.together(*acts * 4)) == []
        assert [message.created_at for message in customer.told(Topic.LEASE_ENDED)] == [ends_at]
        driver.drive(customer.account_id, rental_id)
        (rental,), (meter,) = customer.rentals, customer.meters
        assert (rental.wish, rental.lease_ends_at, meter.since) == (Wish.STOPPED, None, ends_at)
        track.check()

    def test_at_the_second_of_the_cap_nobody_of_sixteen_starts_anything(self, track: Track) -> None:
        customer = track.open("100")
        track.online(customer)
        track.services.spending_caps.set(customer.account_id, RUNNING_PRICE)
        track.now += HOUR
        racers = track.together(*sixteen(lambda n: customer.rent(f"train{n}")))
        assert [getattr(refusal, "code", "") for refusal in refusals(racers)] == ["spending_cap_reached"] * SIXTEEN
        assert len(customer.told(Topic.SPENDING_CAP_NEAR)) == len(customer.told(Topic.SPENDING_CAP_REACHED)) == 1
        track.check()

    def test_the_stream_beside_two_schedules_sends_each_mail_once(self, track: Track) -> None:
        customer = track.open(ONE_HOUR)
        track.online(customer)
        track.now += HOUR
        customer.settle()
        track.now += MINUTE
        outbox, told = track.outbox, [message.message_id for message in customer.messages]
        stream = [partial(outbox.deliver, customer.account_id, message_id) for message_id in told * 2]
        assert refusals(track.at_once(*stream, outbox.deliver_due, outbox.deliver_due)) == []
        assert sorted(letter.message_id for letter in track.postbox.letters) == sorted(told)
        assert outbox.next_due_at() is None
        track.check()

    # ---- the end

    @pytest.mark.parametrize("seconds_behind", [0, 1])
    @pytest.mark.parametrize("order", ["credit overtaken", "end overtaken", "together"])
    def test_a_credit_at_the_second_of_the_end_restores_or_comes_too_late(
        self, track: Track, order: str, seconds_behind: int
    ) -> None:
        """Never both, and the money is there in any case. The credit's clock may be a second behind."""
        customer = self.at_its_end(track)
        late = customer.by(track.behind(seconds_behind))
        credit = partial(late.credit, "100", "late")
        if order == "together":
            racers = track.together(credit, customer.settle)
        elif order == "credit overtaken":
            racers = track.overtaken(credit, customer.settle)
        else:
            racers = track.overtaken(customer.settle, credit)
        assert refusals(racers) == []
        ended, restored = len(customer.told(Topic.ENDED_FOR_GOOD)), len(customer.told(Topic.ACCOUNT_RESTORED))
        assert (ended, restored) in {(1, 0), (0, 1)}
        if order == "end overtaken":
            assert restored == seconds_behind, "a second earlier is in time, if it commits first"
        assert customer.account.totals.live == restored
        assert (customer.account.status, customer.balance) == (Status.ACTIVE, 100 * DOLLAR)
        track.check()

    def at_its_end(self, track: Track) -> Customer:
        """The second at which a halted server ends, its last call written."""
        customer = track.open(ONE_HOUR)
        track.online(customer)
        suspended_at = track.now + HOUR
        for days in (0, 6, 7):
            track.now = suspended_at + days * DAY
            if days < 7:
                customer.settle()
        assert len(customer.told(Topic.LAST_CALL)) == 1
        return customer
