"""Renting: who may, under which name, how often, at which price; and keys."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.billing.change import Change
from chalicelib.billing.limits import Limits
from chalicelib.errors import Conflict, Failure, Forbidden, Invalid, NotFound, OutcomeUnknown, PaymentRequired
from chalicelib.instances.offers import Catalogue
from chalicelib.instances.status import Status
from chalicelib.money import USD
from chalicelib.writes import Write
from tests.billing.memory_books import MemoryBooks
from tests.instances.yard import ACCOUNT, RUNNING_PRICE, STOPPED_PRICE, Yard, an_offer


@pytest.fixture
def yard() -> Yard:
    return Yard()


def refused(yard: Yard, name: str = "another", **more: object) -> Failure:
    """Why a rent was refused; it has left nothing."""
    before = dict(yard.store.records)
    with pytest.raises(Failure) as refusal:
        yard.rent(name, **more)
    assert yard.store.records == before
    return refusal.value


def test_a_sixth_rental_is_refused_and_one_more_after_an_end_is_not(yard: Yard) -> None:
    rental_ids = [yard.rent(f"box-{number}") for number in range(5)]
    sixth = refused(yard)
    assert (sixth.code, sixth.message) == (
        "rental_limit_reached",
        "You rent 5 of at most 5 servers. Terminate one, or ask us for a higher limit.",
    )
    yard.terminate(rental_ids[0])
    yard.rent("another")


def test_a_limit_below_what_is_rented_is_told_as_it_is(yard: Yard) -> None:
    for number in range(3):
        yard.rent(f"box-{number}")
    Limits(yard.books).set_rental_limit(ACCOUNT, 1)
    assert "You rent 3 of at most 1 servers." in refused(yard).message


def test_a_name_is_taken_while_its_rental_is_live(yard: Yard) -> None:
    rental_id = yard.rent("box")
    assert refused(yard, "box").code == "name_taken"
    yard.terminate(rental_id)
    second = yard.rent("box")
    named = yard.rentals.named(ACCOUNT, "box")
    assert named is not None and named.rental_id == second


def test_the_name_of_ended_rentals_finds_the_newest(yard: Yard) -> None:
    first = yard.rent("box")
    yard.terminate(first)
    yard.wait(100)
    second = yard.rent("box")
    yard.terminate(second)
    named = yard.rentals.named(ACCOUNT, "box")
    assert named is not None and named.rental_id == second
    assert yard.rentals.named(ACCOUNT, "none") is None


def test_a_failed_launch_frees_name_and_place(yard: Yard) -> None:
    yard.provider.lose_capacity()
    yard.rent("box")
    yard.minutes(45)
    yard.rent("box")


@pytest.mark.parametrize(
    "name", ["", "Box", "box_1", "-box", "box-", "a" * 41, "[/x]", "box\n", "b x", "bóx", "$(reboot)", "a.b"]
)
def test_names_that_are_refused(yard: Yard, name: str) -> None:
    with pytest.raises(Invalid):
        yard.rent(name)


@pytest.mark.parametrize("name", ["a", "0", "1e5", "null", "box-1", "a" * 40])
def test_names_that_are_taken(yard: Yard, name: str) -> None:
    assert yard.rental(yard.rent(name)).name == name


def test_a_key_is_needed(yard: Yard) -> None:
    yard.key_store.keys.clear()
    assert refused(yard).code == "no_ssh_key"
    assert yard.rentals.quote(ACCOUNT, "off_small").refusal is not None


def test_a_verified_address_is_needed() -> None:
    yard = Yard(verified=False)
    assert (refused(yard).code, type(refused(yard))) == ("email_not_verified", Forbidden)
    quoted = yard.rentals.quote(ACCOUNT, "off_small").refusal
    assert quoted is not None and quoted.code == "email_not_verified"
    assert yard.woken == []


def test_chosen_keys_are_taken_and_others_are_not(yard: Yard) -> None:
    yard.add_key("key_2")
    assert yard.rental(yard.rent("one", key_ids=["key_2"])).key_ids == ("key_2",)
    assert yard.rental(yard.rent("all")).key_ids == ("key_1", "key_2")
    assert isinstance(refused(yard, key_ids=["key_3"]), NotFound)


def test_keys_that_do_not_fit_on_a_server_are_refused(yard: Yard) -> None:
    yard.add_key("key_2", "ssh-rsa " + "A" * 12_000)
    assert refused(yard).code == "too_many_keys"


def test_the_balance_must_cover_an_hour_of_everything(yard: Yard) -> None:
    yard.adjust(-yard.balance + 2 * RUNNING_PRICE - 1)
    yard.rent("one")
    assert isinstance(refused(yard), PaymentRequired)
    yard.adjust(1)
    yard.rent("two")


def test_stopped_rentals_count_at_their_running_price(yard: Yard) -> None:
    yard.adjust(-yard.balance + 3 * RUNNING_PRICE)
    rental_id = yard.online("one")
    yard.stop(rental_id)
    yard.minutes(2)
    yard.adjust(-yard.balance + 2 * RUNNING_PRICE - 1)
    assert isinstance(refused(yard), PaymentRequired)


def test_a_start_passes_the_same_check(yard: Yard) -> None:
    rental_id = yard.online()
    yard.stop(rental_id)
    yard.minutes(2)
    yard.adjust(-yard.balance + RUNNING_PRICE - 1)
    with pytest.raises(PaymentRequired):
        yard.start(rental_id)
    yard.adjust(1)
    yard.start(rental_id)


def test_the_price_is_fixed_when_the_rental_is_made(yard: Yard) -> None:
    rental_id = yard.online()
    yard.offers = [an_offer(running_price=9 * RUNNING_PRICE)]
    yard.work_with(yard.store, yard.rental_store)
    yard.stop(rental_id)
    yard.minutes(2)
    yard.start(rental_id)
    yard.minutes(3)
    assert (yard.status(rental_id), yard.price(rental_id)) == (Status.ONLINE, RUNNING_PRICE)
    assert yard.account.totals.hourly_need == RUNNING_PRICE


def test_the_same_idempotency_key_answers_the_same_rental(yard: Yard) -> None:
    first = yard.rent("box", idempotency_key="k1")
    assert yard.rent("box", idempotency_key="k1") == first
    yard.offers = []
    yard.work_with(yard.store, yard.rental_store)
    assert yard.rent("box", idempotency_key="k1") == first
    assert len(list(yard.rental_store.all())) == 1


def test_an_idempotency_key_is_for_one_request(yard: Yard) -> None:
    yard.rent("box", idempotency_key="k1")
    other = refused(yard, "other", idempotency_key="k1")
    assert other.code == "idempotency_key_reused" and "Use a new key" in other.message
    assert refused(yard, "box", idempotency_key="k1", key_ids=["key_1"]).code == "idempotency_key_reused"


def test_a_refused_request_does_not_use_up_its_idempotency_key(yard: Yard) -> None:
    yard.key_store.keys.clear()
    assert refused(yard, "box", idempotency_key="k1").code == "no_ssh_key"
    yard.add_key("key_1")
    yard.rent("box", idempotency_key="k1")


class Deaf(MemoryBooks):
    """Carries out each commit, and answers the first without a word."""

    heard = False

    def commit(self, change: Change | None, beside: Sequence[Write]) -> None:
        super().commit(change, beside)
        if change is not None and not self.heard:
            self.heard = True
            raise OutcomeUnknown("no answer")


@pytest.mark.parametrize("idempotency_key", [None, "k1"])
def test_a_rent_whose_answer_was_lost_is_made_once(yard: Yard, idempotency_key: str | None) -> None:
    deaf = Deaf()
    deaf.records = yard.store.records
    yard.work_with(deaf, yard.rental_store)
    rental_id = yard.rent("box", idempotency_key=idempotency_key)
    assert [rental.rental_id for rental in yard.rental_store.all()] == [rental_id]
    assert yard.account.totals.live_rentals == 1


def test_an_unknown_offer_and_an_unknown_rental(yard: Yard) -> None:
    assert isinstance(refused(yard, offer_id="off_none"), NotFound)
    for verb in (yard.start, yard.stop, yard.reboot, yard.terminate):
        with pytest.raises(NotFound):
            verb("rent_none")


@pytest.mark.parametrize("verb", ["start", "stop", "reboot"])
def test_what_is_over_stays_over(yard: Yard, verb: str) -> None:
    rental_id = yard.online()
    yard.terminate(rental_id)
    for _ in range(2):
        with pytest.raises(Conflict) as refusal:
            getattr(yard, verb)(rental_id)
        assert refusal.value.code == "rental_over"
        yard.minutes(5)


def test_terminating_twice_is_terminating_once(yard: Yard) -> None:
    rental_id = yard.online()
    yard.terminate(rental_id)
    commits = len(yard.store.commits)
    assert yard.terminate(rental_id).status is Status.TERMINATING
    yard.minutes(5)
    assert yard.terminate(rental_id).status is Status.DELETED
    assert len(yard.store.commits) > commits


def test_every_wish_wakes_its_rental_and_wants_a_look_now(yard: Yard) -> None:
    rental_id = yard.rent()
    assert (yard.woken, yard.rental(rental_id).look_at) == ([rental_id], yard.now)
    yard.minutes(3)
    for verb in (yard.reboot, yard.stop, yard.start, yard.terminate):
        yard.wait(1)
        yard.woken.clear()
        verb(rental_id)
        assert (yard.woken, yard.rental(rental_id).look_at) == ([rental_id], yard.now)
        yard.minutes(3)


def test_a_key_attached_later_is_queued(yard: Yard) -> None:
    rental_id = yard.online()
    yard.add_key("key_2")
    yard.rentals.attach_key(ACCOUNT, rental_id, "key_2")
    yard.rentals.attach_key(ACCOUNT, rental_id, "key_2")
    rental = yard.rental(rental_id)
    assert (rental.key_ids, rental.queued_key_ids) == (("key_1", "key_2"), ("key_2",))


def test_a_key_attached_before_the_launch_goes_with_it(yard: Yard) -> None:
    rental_id = yard.rent()
    yard.add_key("key_2")
    yard.rentals.attach_key(ACCOUNT, rental_id, "key_2")
    yard.minutes(3)
    assert len(yard.server(rental_id).order.public_keys) == 2
    assert yard.rental(rental_id).queued_key_ids == ()


def test_keys_that_can_not_be_attached(yard: Yard) -> None:
    rental_id = yard.online()
    with pytest.raises(NotFound):
        yard.rentals.attach_key(ACCOUNT, rental_id, "key_none")
    yard.add_key("key_2", "ssh-rsa " + "A" * 12_000)
    with pytest.raises(Conflict):
        yard.rentals.attach_key(ACCOUNT, rental_id, "key_2")
    yard.terminate(rental_id)
    yard.add_key("key_3")
    with pytest.raises(Conflict):
        yard.rentals.attach_key(ACCOUNT, rental_id, "key_3")


def test_attaching_a_key_changes_no_price(yard: Yard) -> None:
    rental_id = yard.online()
    yard.add_key("key_2")
    yard.rentals.attach_key(ACCOUNT, rental_id, "key_2")
    assert yard.price(rental_id) == RUNNING_PRICE
    yard.stop(rental_id)
    yard.add_key("key_3")
    yard.rentals.attach_key(ACCOUNT, rental_id, "key_3")
    assert yard.price(rental_id) == STOPPED_PRICE


def test_a_quote_says_what_a_rent_would_say_and_writes_nothing(yard: Yard) -> None:
    yard.adjust(-yard.balance + USD.parse("7.2"))
    yard.rent("one")
    before = dict(yard.store.records)
    quote = yard.rentals.quote(ACCOUNT, "off_small")
    assert (quote.refusal, quote.hourly_need, quote.balance) == (None, 2 * RUNNING_PRICE, USD.parse("7.2"))
    assert quote.lasts_until == yard.now + 2 * 3_600
    assert yard.store.records == before
    yard.adjust(-1)
    assert isinstance(yard.rentals.quote(ACCOUNT, "off_small").refusal, PaymentRequired)


def test_an_offer_of_another_region_can_not_be_rented(yard: Yard) -> None:
    elsewhere = replace(an_offer("off_far"), region="eu-west-1")
    yard.offers = list(Catalogue([elsewhere, an_offer()]).within(["us-east-1"]).all())
    yard.work_with(yard.store, yard.rental_store)
    assert isinstance(refused(yard, offer_id="off_far"), NotFound)
