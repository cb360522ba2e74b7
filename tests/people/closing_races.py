"""The races of a closing, for any engine. A test module makes the fixture `track` and subclasses it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import pytest

from chalicelib.accounts.credentials import Credentials
from chalicelib.accounts.principal import Client, Principal
from chalicelib.accounts.proof import Given
from chalicelib.accounts.tokens import Created, Refusal, TokenOrder
from chalicelib.adapters.dynamodb import transaction
from chalicelib.adapters.dynamodb.belongings import DynamoBelongings
from chalicelib.billing.account import Status
from chalicelib.errors import Conflict, Unauthenticated
from chalicelib.money import USD
from chalicelib.notices.messages import Topic
from tests.accounts.key_texts import public_text
from tests.races.customer import Customer
from tests.races.track import Act, Racer, Track
from tests.races.wire import Killed

DOLLARS = "3.60"
"""One hour of the one offer there is."""
PASSWORD = "seventeen purple walruses"
ORDERS = ("closing overtaken", "other overtaken", "together")
CLIENT = Client("203.0.113.9")


@dataclass(frozen=True)
class Leaver:
    """Somebody who may close their account."""

    track: Track
    customer: Customer
    who: Principal
    token: Created

    @classmethod
    def on(cls, track: Track) -> "Leaver":
        """Somebody with money, a key, a session, a password, and tokens of which one is disabled."""
        services, customer = track.services, track.open(DOLLARS)
        (user,) = services.users.of_account(customer.account_id)
        credentials = Credentials(user.user_id, password_hash=services.hasher.hash(PASSWORD))
        who = Principal(user.user_id, user.account_id, user.email)
        session = services.sessions.begin(who, CLIENT, track.now)
        writes = [*session.writes, *services.credentials_store.replacing(None, credentials)]
        transaction.commit(services.connection, writes)
        order = TokenOrder(who.account_id, who.user_id, user.email, "CI")
        useless = services.tokens.create(order, track.now).token
        services.tokens.disable(who.account_id, useless.token_id, track.now)
        return cls(track, customer, who, services.tokens.create(order, track.now))

    def close(self, forfeit: str = DOLLARS) -> None:
        amount = USD.parse(forfeit)
        self.track.services.closing.close(self.who, Given(PASSWORD), amount, self.track.now)

    def named(self) -> str:
        """The amount that a closing which gives up nothing is answered with."""
        with pytest.raises(Conflict) as refused:
            self.close("0")
        return refused.value.message.split('"')[1]

    def log_in(self) -> Any:
        services = self.track.services
        return services.log_in.log_in(self.who.display_name, PASSWORD, None, CLIENT, self.track.now)

    def make_token(self) -> Created:
        order = TokenOrder(self.who.account_id, self.who.user_id, self.who.display_name, "Late")
        return self.track.services.tokens.create(order, self.track.now)

    def forget(self) -> None:
        self.track.services.password_reset.ask(self.who.display_name, CLIENT, self.track.now)

    def add_key(self) -> Any:
        return self.track.services.keys.add(self.who.account_id, public_text("rsa2048"), "late", self.track.now)

    @property
    def closed(self) -> bool:
        return self.customer.account.closed_at is not None

    def race(self, order: str, other: Act) -> tuple[Racer, Racer]:
        """The closing and another act."""
        if order == "together":
            mine, theirs = self.track.together(self.close, other)
        elif order == "closing overtaken":
            mine, theirs = self.track.overtaken(self.close, other)
        else:
            theirs, mine = self.track.overtaken(other, self.close)
        return mine, theirs

    def check(self) -> None:
        """The books are whole. A closed account has nothing left, and nothing opens it."""
        self.track.check()
        if not self.closed:
            return
        services, account = self.track.services, self.customer.account
        assert (account.ledger, account.unbooked, account.status) == (0, 0, Status.ACTIVE)
        assert len(self.customer.told(Topic.ACCOUNT_CLOSED)) == 1
        assert services.tokens.list(self.who.account_id) == ()
        assert services.keys.list(self.who.account_id) == ()
        assert services.sessions.of_user(self.who.user_id, self.track.now) == ()
        assert services.tokens.look_up(self.token.secret, self.track.now) is Refusal.UNKNOWN
        assert services.users.of_account(self.who.account_id) == ()
        assert services.users_store.user_of_email(self.who.display_name) is None
        assert services.links.store.of_user(self.who.user_id) == ()
        assert services.notices_store.with_address(self.who.account_id) == ()
        assert services.credentials_store.credentials(self.who.user_id) is None


def code_of(racer: Racer) -> str:
    return racer.refusal.code if racer.refusal else ""


@contextmanager
def dying_at(number: int, *, applied: bool) -> Iterator[list[int]]:
    """Whoever writes dies at the write with this number, before or after it took effect. Counts the writes."""
    send, count = transaction._send, [0]

    def mortal(*arguments: Any) -> None:
        count[0] += 1
        if count[0] == number and not applied:
            raise Killed
        send(*arguments)
        if count[0] == number:
            raise Killed

    with patch.object(transaction, "_send", mortal):
        yield count


class ClosingRaces:
    """A closing, and everything that may come beside it."""

    @pytest.mark.parametrize("order", ORDERS)
    def test_a_credit_beside_the_closing(self, track: Track, order: str) -> None:
        """Booked, and the balance is not what its owner knew; or refused, because the account is closed."""
        leaver = Leaver.on(track)
        mine, theirs = leaver.race(order, lambda: leaver.customer.credit("1.00", "late"))
        assert (code_of(mine), code_of(theirs)) in {("", "account_closed"), ("forfeit_differs", "")}
        assert leaver.customer.balance == (0 if leaver.closed else USD.parse("4.60"))
        leaver.check()

    @pytest.mark.parametrize("order", ORDERS)
    def test_a_rent_beside_the_closing(self, track: Track, order: str) -> None:
        leaver = Leaver.on(track)
        mine, theirs = leaver.race(order, leaver.customer.rent)
        assert bool(mine.refusal) != bool(theirs.refusal)
        assert leaver.closed == (mine.refusal is None)
        assert len(leaver.customer.rentals) == leaver.customer.account.totals.live_rentals == (not leaver.closed)
        leaver.check()

    @pytest.mark.parametrize("order", ORDERS)
    def test_a_service_beside_the_closing(self, track: Track, order: str) -> None:
        leaver = Leaver.on(track)
        activate = track.services.payables.activate
        mine, theirs = leaver.race(order, lambda: activate(leaver.who.account_id, "priority-support"))
        assert bool(mine.refusal) != bool(theirs.refusal)
        leaver.check()

    @pytest.mark.parametrize("order", ORDERS)
    @pytest.mark.parametrize("act", ["make_token", "add_key", "log_in"])
    def test_nothing_that_comes_beside_the_closing_outlives_it(self, track: Track, act: str, order: str) -> None:
        """Whether or not it was made in time, the account is closed and it opens nothing."""
        leaver = Leaver.on(track)
        mine, theirs = leaver.race(order, getattr(leaver, act))
        assert mine.refusal is None and leaver.closed
        if act == "make_token" and theirs.answer is not None:
            assert track.services.tokens.look_up(theirs.answer.secret, track.now) is Refusal.UNKNOWN
        if act == "log_in" and theirs.answer is not None:
            with pytest.raises(Unauthenticated):
                track.services.sessions.authenticate(theirs.answer.secret, track.now)
        leaver.check()

    @pytest.mark.parametrize("act", ["make_token", "add_key", "log_in", "forget"])
    def test_what_comes_between_the_last_look_and_the_decision_is_not_overlooked(self, track: Track, act: str) -> None:
        """The decision is taken anew, on what is there then."""
        leaver, late = Leaver.on(track), [act]
        ending = DynamoBelongings.ending

        def interrupted(self: DynamoBelongings, *known: Any) -> Any:
            writes = ending(self, *known)
            if late:
                getattr(leaver, late.pop())()
            return writes

        with patch.object(DynamoBelongings, "ending", interrupted):
            leaver.close()
        assert leaver.closed and not late
        leaver.check()

    def test_two_closings_are_one(self, track: Track) -> None:
        leaver = Leaver.on(track)
        racers = track.together(leaver.close, leaver.close)
        assert leaver.closed and any(racer.refusal is None for racer in racers)
        assert [entry.amount for entry in leaver.customer.journal] == [USD.parse(DOLLARS), -USD.parse(DOLLARS)]
        leaver.check()

    def test_a_closing_beside_the_sweep(self, track: Track) -> None:
        leaver = Leaver.on(track)
        mine, _ = track.at_once(leaver.close, leaver.customer.settle)
        assert mine.refusal is None and leaver.closed
        leaver.check()

    @pytest.mark.parametrize("applied", [False, True])
    def test_whoever_dies_on_the_way_can_ask_again(self, track: Track, applied: bool) -> None:
        """At each write in turn. An account that has served is among what has to be booked."""
        number, died = 0, True
        while died:
            number += 1
            leaver = Leaver.on(track)
            service = track.services.payables.activate(leaver.who.account_id, "priority-support")
            track.now += 60
            track.services.payables.deactivate(leaver.who.account_id, service.meter_id)
            left = leaver.named()
            with dying_at(number, applied=applied):
                died = track.alone(lambda leaver=leaver, left=left: leaver.close(left)).died
            leaver.check()
            if not leaver.closed:
                leaver.close(left)
            assert leaver.closed
            leaver.check()
        assert number > 6

    @pytest.mark.parametrize("lose", ["lose_answer", "lose_request"])
    def test_a_lost_answer_closes_once(self, track: Track, lose: str) -> None:
        leaver = Leaver.on(track)
        getattr(track.wire, lose)(4)
        leaver.close()
        assert leaver.closed
        leaver.check()
