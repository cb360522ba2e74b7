"""The rental lifecycle as its owner drives it: quote, rent, start, stop, reboot, terminate.

docs/rules.md, "Renting".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.accounts.ssh_keys import SshKey, SshKeys
from chalicelib.billing.admission import admit, admit_rental
from chalicelib.billing.books import Books, Outcome, State, is_suspended
from chalicelib.billing.change import Change
from chalicelib.billing.explain import Reader
from chalicelib.billing.outlook import lasts_until
from chalicelib.billing.verified import check_verified
from chalicelib.errors import Conflict, Failure, NotFound
from chalicelib.instances.lease import as_of, following, stopped_by_wish
from chalicelib.instances.names import check_name
from chalicelib.instances.offers import Catalogue, Offer
from chalicelib.instances.order import Lease, Order
from chalicelib.instances.rental import Rental, counted_units, measured, new_meter
from chalicelib.instances.status import OVER, Status, Wish
from chalicelib.instances.store import Remembered, RentalPage, RentalStore

MAX_KEY_CHARACTERS = 12_000
"""A server is given at most 16 KB at its launch."""

WakeUp = Callable[[str, str], None]
"""Hints that a rental (account id, rental id) wants a look now. Losing the hint costs time only."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What renting an offer would mean now. Amounts in micro-dollars."""

    offer: Offer
    hourly_need: int
    """One hour of everything live with this."""
    balance: int
    lasts_until: int | None
    """Until when the balance would last with this running; None when it can not be told."""
    refusal: Failure | None
    """Why it could not be rented now, or None."""


@dataclass(frozen=True, slots=True)
class Rentals:
    """Use cases of renting. Each takes the account from the caller's credential, never from the request."""

    books: Books
    reader: Reader
    store: RentalStore
    catalogue: Catalogue
    keys: SshKeys
    wake: WakeUp

    def quote(self, account_id: str, offer_id: str, name: str = "") -> Quote:
        """What an offer costs and whether it could be rented now, and under that name. Writes nothing."""
        offer = self.catalogue.get(offer_id)
        account, meters, now = self.reader.settled(account_id)
        state = State(account, now, now, self.books.policy, self.books.ids, lambda: meters)
        refusal: Failure | None = None
        try:
            check_verified(account)
            if not self.keys.list(account_id):
                raise _no_key()
            admit_rental(state, offer.running_price, name)
        except Failure as failure:
            refusal = failure
        need = account.totals.hourly_need + offer.running_price
        lasts = None if is_suspended(account) else lasts_until(account, now, offer.running_price)
        return Quote(offer, need, account.balance(now), lasts, refusal)

    def rent(self, account_id: str, order: Order) -> Rental:
        """Take an offer. The same idempotency key with the same order answers the same rental."""
        check_name(order.name)
        rental_id = self.books.ids.new("rent", self.books.clock())

        def decide(state: State) -> Outcome[Rental]:
            known = self._known(account_id, order)
            if known or state.meter(rental_id):
                return Outcome(self.store.rental(account_id, known or rental_id))
            check_verified(state.account)
            offer = self.catalogue.get(order.offer_id)
            keys = self._keys_for(account_id, order)
            admit_rental(state, offer.running_price, order.name)
            rental = _rental(rental_id, account_id, order, offer, keys, state.moment)
            return self._renting(state, rental, order)

        rental = self.books.execute(account_id, decide)
        self.wake(account_id, rental.rental_id)
        return rental

    def _renting(self, state: State, rental: Rental, order: Order) -> Outcome[Rental]:
        draft = state.draft()
        draft.meter(None, new_meter(rental))
        beside = [self.store.writing(None, rental)]
        if order.idempotency_key:
            remembered = Remembered(order.digest, rental.rental_id)
            beside.append(
                self.store.remembering(rental.account_id, order.idempotency_key, remembered, state.recorded_at)
            )
        return Outcome(rental, draft.done(), beside)

    def _known(self, account_id: str, order: Order) -> str | None:
        if not order.idempotency_key:
            return None
        remembered = self.store.remembered(account_id, order.idempotency_key)
        if remembered is None:
            return None
        if remembered.digest != order.digest:
            message = "This Idempotency-Key was used for another request. Use a new key for a new request."
            raise Conflict(message, code="idempotency_key_reused", field="Idempotency-Key")
        return remembered.rental_id

    def _keys_for(self, account_id: str, order: Order) -> tuple[SshKey, ...]:
        keys = tuple(self.keys.list(account_id))
        if order.key_ids is not None:
            wanted = set(order.key_ids)
            keys = tuple(key for key in keys if key.key_id in wanted)
            if len(keys) != len(wanted):
                raise NotFound("You have no SSH key with this id.", field="key_ids")
        if not keys:
            raise _no_key()
        _check_length([key.canonical for key in keys])
        return keys

    def get(self, account_id: str, rental_id: str) -> Rental:
        """Raises NotFound, also for another account's rental."""
        return as_of(self.store.rental(account_id, rental_id), self.books.clock())

    def page(self, account_id: str, before: str | None, limit: int) -> RentalPage:
        """Newest first, ended ones included."""
        page, now = self.store.page(account_id, before, limit), self.books.clock()
        return replace(page, rentals=tuple(as_of(rental, now) for rental in page.rentals))

    def named(self, account_id: str, name: str) -> Rental | None:
        """The live rental of this name, else the newest ended one, else None."""
        ended: Rental | None = None
        before: str | None = None
        while True:
            page = self.page(account_id, before, 100)
            for rental in page.rentals:
                if rental.name == name and rental.live:
                    return rental
                if rental.name == name and ended is None:
                    ended = rental
            if page.before is None:
                return ended
            before = page.before

    def start(self, account_id: str, rental_id: str) -> Rental:
        """Wish it running, under the same check as a new rental."""

        def changed(state: State, rental: Rental) -> Rental | None:
            going_down = rental.status is Status.STOPPING
            if rental.wish is Wish.RUNNING and not going_down and not is_suspended(state.account):
                return None
            admit(state, 0)
            # Whoever powers it off from inside and then starts it wants it started: the stop counts as one of ours.
            asked_at = rental.stop_asked_at or (state.moment if going_down else None)
            restarted = replace(rental, wish=Wish.RUNNING, coming_up_since=state.moment, refusals=0, refusal=None)
            anew = replace(restarted, start_asked_at=None, stop_asked_at=asked_at)
            return anew.with_status(rental.coming_up, state.moment)

        return self._wish(account_id, rental_id, changed)

    def stop(self, account_id: str, rental_id: str) -> Rental:
        """Wish it stopped: its running price ends at this second. While suspended: let it stay stopped."""

        def changed(state: State, rental: Rental) -> Rental | None:
            return None if rental.wish is Wish.STOPPED else stopped_by_wish(rental, state.moment)

        return self._wish(account_id, rental_id, changed)

    def reboot(self, account_id: str, rental_id: str) -> Rental:
        """Restart the operating system of a server that is online."""

        def changed(state: State, rental: Rental) -> Rental | None:
            if is_suspended(state.account):
                admit(state, 0)
            if rental.status is Status.REBOOTING:
                return None
            if rental.status is not Status.ONLINE or rental.wish is not Wish.RUNNING:
                message = f'"{rental.name}" is not online. Only a server that is online can be restarted.'
                raise Conflict(message, code="not_online")
            return replace(rental.with_status(Status.REBOOTING, state.moment), reboot_wanted=True)

        return self._wish(account_id, rental_id, changed)

    def terminate(self, account_id: str, rental_id: str) -> Rental:
        """End it for good: nothing is charged from this second. Allowed while suspended; its data is lost."""

        def changed(state: State, rental: Rental) -> Rental | None:
            ending = rental.with_status(Status.TERMINATING, state.moment)
            return replace(ending, wish=Wish.GONE, reboot_wanted=False, lease_ends_at=None)

        return self._wish(account_id, rental_id, changed, over_is_fine=True)

    def lease(self, account_id: str, rental_id: str, asked: Lease | None) -> Rental:
        """Have it stopped at a second, whatever else happens until then. None: no longer."""

        def changed(state: State, rental: Rental) -> Rental | None:
            return replace(rental, lease_ends_at=None if asked is None else asked.ends_at(state.moment))

        return self._wish(account_id, rental_id, changed)

    def attach_key(self, account_id: str, rental_id: str, key_id: str) -> Rental:
        """Give a live rental one more key. On a server that has been launched it is queued until its next heartbeat."""
        key = next((key for key in self.keys.list(account_id) if key.key_id == key_id), None)
        if key is None:
            raise NotFound("You have no SSH key with this id.", field="key_id")
        canonical = key.canonical

        def changed(state: State, rental: Rental) -> Rental | None:
            if key_id in rental.key_ids:
                return None
            keys = (*rental.public_keys, canonical)
            _check_length(keys)
            return replace(rental, key_ids=(*rental.key_ids, key_id), public_keys=keys)

        return self._wish(account_id, rental_id, changed)

    def _wish(
        self,
        account_id: str,
        rental_id: str,
        changed: Callable[[State, Rental], Rental | None],
        *,
        over_is_fine: bool = False,
    ) -> Rental:
        def decide(state: State) -> Outcome[Rental]:
            read = self.store.rental(account_id, rental_id)
            meter = state.meter(rental_id)
            rental = following(read, meter, state.moment)
            if rental.status in OVER or meter is None or not meter.live:
                if over_is_fine:
                    return Outcome(rental)
                raise Conflict(f'"{rental.name}" has been terminated.', code="rental_over")
            wished = changed(state, rental)
            if wished is None:
                return Outcome(rental)
            wished = replace(wished, look_at=state.moment, units_counted=counted_units(meter, state.moment))
            return Outcome(wished, _metered(state, wished), [self.store.writing(read, wished)])

        rental = self.books.execute(account_id, decide)
        self.wake(account_id, rental_id)
        return rental


def _metered(state: State, rental: Rental) -> Change:
    """The account's side of its owner's wish: a meter stops, ends, or goes on; a wish alone never starts a server."""
    meter = state.meter(rental.rental_id)
    assert meter is not None, "the caller has looked"
    draft = state.draft()
    if rental.wish is Wish.GONE:
        draft.meter(meter, meter.ended(state.moment))
    else:
        active = not is_suspended(state.account)
        draft.meter(meter, measured(meter, rental, account_active=active, moment=state.moment, seen_running=False))
    return draft.done()


def _rental(
    rental_id: str, account_id: str, order: Order, offer: Offer, keys: Sequence[SshKey], moment: int
) -> Rental:
    return Rental(
        rental_id=rental_id,
        account_id=account_id,
        name=order.name,
        offer=offer,
        created_at=moment,
        public_keys=tuple(key.canonical for key in keys),
        key_ids=tuple(key.key_id for key in keys),
        status_since=moment,
        coming_up_since=moment,
        lease_ends_at=None if order.lease is None else order.lease.ends_at(moment),
        look_at=moment,
    )


def _check_length(keys: Sequence[str]) -> None:
    if sum(map(len, keys)) > MAX_KEY_CHARACTERS:
        raise Conflict("These SSH keys are too long together for one server. Choose fewer.", code="too_many_keys")


def _no_key() -> Conflict:
    return Conflict("Add an SSH key first: without one nobody can log in to the server.", code="no_ssh_key")
