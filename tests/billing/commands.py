"""Decisions as the slices above billing take them, reduced to what moves money: for tests of the books.

Each answers a function of State. It answers True when the thing is done, by it or before; it changes nothing when
repeated.
"""

from collections.abc import Callable
from dataclasses import replace

from chalicelib.billing import admission
from chalicelib.billing.adjustments import book_adjustment
from chalicelib.billing.books import Outcome, State, is_suspended
from chalicelib.billing.meters import Meter
from chalicelib.billing.store import Adjustment
from chalicelib.billing.usage import Kind
from chalicelib.errors import Conflict, NotFound
from chalicelib.writes import Write
from tests.billing.memory_books import MemoryBooks

Decide = Callable[[State], Outcome[bool]]

NOTHING_TO_DO: Outcome[bool] = Outcome(True)


def rent(store: MemoryBooks, meter_id: str, price: int) -> Decide:
    """Rent a server: nothing is charged until it has been seen running."""
    return _take(store, Kind.RENTAL, meter_id, price)


def activate(store: MemoryBooks, meter_id: str, price: int) -> Decide:
    """Activate a payable service: charged from this second."""
    return _take(store, Kind.SERVICE, meter_id, price)


def _take(store: MemoryBooks, kind: Kind, meter_id: str, price: int) -> Decide:
    record = f"record#{meter_id}"
    rental = kind is Kind.RENTAL

    def decide(state: State) -> Outcome[bool]:
        if store.exists(record):
            return NOTHING_TO_DO
        if rental:
            admission.admit_rental(state, price, meter_id)
        else:
            admission.admit(state, price)
        meter = Meter(
            meter_id=meter_id,
            account_id=state.account.account_id,
            kind=kind,
            name=meter_id,
            code="code",
            full_price=price,
            wished_price=price,
            resumes=not rental,
            price=0 if rental else price,
            since=state.moment,
            started_at=state.moment,
        )
        return _changed(state, (None, meter), [store.once(record)])

    return decide


def online(meter_id: str) -> Decide:
    """The server has been seen running. Not metered while its account is suspended, or its owner wishes it stopped."""

    def decide(state: State) -> Outcome[bool]:
        meter = _live(state, meter_id)
        if is_suspended(state.account) or meter.resumes:
            return Outcome(False)
        if meter.price == meter.wished_price:
            return NOTHING_TO_DO
        return _changed(state, (meter, meter.at_price(meter.wished_price, state.moment)))

    return decide


def down(meter_id: str) -> Decide:
    """The provider lost the server for a while: free until it has been seen running again."""

    def decide(state: State) -> Outcome[bool]:
        meter = _live(state, meter_id)
        if meter.price == 0 or meter.resumes:
            return NOTHING_TO_DO
        return _changed(state, (meter, meter.at_price(0, state.moment)))

    return decide


def stop(meter_id: str, stopped_price: int) -> Decide:
    """Its owner asks to stop it: its stopped price from this second, or after the restore."""

    def decide(state: State) -> Outcome[bool]:
        meter = _live(state, meter_id)
        if meter.resumes:
            return NOTHING_TO_DO
        wished = replace(meter, wished_price=stopped_price, resumes=True)
        price = 0 if is_suspended(state.account) else stopped_price
        return _changed(state, (meter, wished.at_price(price, state.moment)))

    return decide


def start(meter_id: str) -> Decide:
    """Its owner asks to start it: free until it has been seen running."""

    def decide(state: State) -> Outcome[bool]:
        meter = _live(state, meter_id)
        if not meter.resumes:
            return NOTHING_TO_DO
        admission.admit(state, 0)
        wished = replace(meter, wished_price=meter.full_price, resumes=False)
        return _changed(state, (meter, wished.at_price(0, state.moment)))

    return decide


def lease(meter_id: str, ends_at: int | None, stopped_price: int) -> Decide:
    """Its owner has it stopped at a second, at its stopped price from then on; or no longer."""

    def decide(state: State) -> Outcome[bool]:
        meter = _live(state, meter_id)
        if meter.kind is not Kind.RENTAL or (ends_at is not None and ends_at <= state.moment):
            raise Conflict(f"{meter_id} takes no such lease.")
        return _changed(state, (meter, replace(meter, lease_ends_at=ends_at, lease_price=stopped_price)))

    return decide


def cap(amount: int | None) -> Decide:
    """Its owner sets how much may be used in a month."""

    def decide(state: State) -> Outcome[bool]:
        draft = state.draft()
        draft.set(spending_cap=amount)
        return Outcome(True, draft.done())

    return decide


def end(meter_id: str) -> Decide:
    """Its owner terminates it, or deactivates the service."""

    def decide(state: State) -> Outcome[bool]:
        meter = state.meter(meter_id)
        if meter is None or not meter.live:
            return NOTHING_TO_DO
        return _changed(state, (meter, meter.ended(state.moment)))

    return decide


def adjust(store: MemoryBooks, reference: str, amount: int, beside: tuple[Write, ...] = ()) -> Decide:
    """An operator's credit or debit, guarded by its record."""

    def decide(state: State) -> Outcome[bool]:
        account = state.account
        if store.adjustment(account.account_id, reference) is not None:
            return NOTHING_TO_DO
        record = Adjustment(account.account_id, reference, amount, "test", state.moment)
        draft = state.draft()
        book_adjustment(draft, record)
        return Outcome(True, draft.done(), (store.adjusting(record), *beside))

    return decide


def expect_money(until: int | None) -> Decide:
    """Payments say that money is on its way, or no longer."""

    def decide(state: State) -> Outcome[bool]:
        draft = state.draft()
        draft.set(money_expected_until=until)
        return Outcome(True, draft.done())

    return decide


def _live(state: State, meter_id: str) -> Meter:
    meter = state.meter(meter_id)
    if meter is None:
        raise NotFound(f"No {meter_id}.")
    if not meter.live:
        raise Conflict(f"{meter_id} has ended.")
    return meter


def _changed(
    state: State, meter: tuple[Meter | None, Meter | None], beside: list[Write] | None = None
) -> Outcome[bool]:
    draft = state.draft()
    draft.meter(*meter)
    return Outcome(True, draft.done(), tuple(beside or ()))
