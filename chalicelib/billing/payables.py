"""Payable services other than servers: the catalogue, activation, deactivation. docs/rules.md, "Payable services".

A service is its meter: it is active while the meter lives, and its history is its journal entries.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chalicelib.billing.admission import admit
from chalicelib.billing.books import Books, Outcome, State
from chalicelib.billing.meters import Meter
from chalicelib.billing.usage import Kind
from chalicelib.billing.verified import check_verified
from chalicelib.errors import Conflict, NotFound
from chalicelib.money import USD


@dataclass(frozen=True, slots=True)
class Payable:
    """A kind of service. The price, in micro-dollars per hour, is fixed for an account when it activates it."""

    code: str
    title: str
    description: str
    price_per_hour: int


@cache
def payables() -> tuple[Payable, ...]:
    """The catalogue, from payables.json beside this module."""
    rows = json.loads((Path(__file__).parent / "payables.json").read_text())
    return tuple(
        Payable(row["code"], row["title"], row["description"], USD.parse(row["price_per_hour"])) for row in rows
    )


def payable(code: str) -> Payable:
    """One kind of service. Raises NotFound."""
    for known in payables():
        if known.code == code:
            return known
    raise NotFound(f'There is no service "{code}".', field="code")


@dataclass(frozen=True, slots=True)
class Payables:
    """Use cases of payable services."""

    books: Books

    def catalogue(self) -> tuple[Payable, ...]:
        """What can be activated, at the price of an activation now."""
        return payables()

    def activate(self, account_id: str, code: str) -> Meter:
        """Start charging for a service, under the same check as a rental. At most one of a kind is active."""
        wanted = payable(code)
        service_id = self.books.ids.new("srvc", self.books.clock())

        def decide(state: State) -> Outcome[Meter]:
            known = state.meter(service_id)
            if known is not None:
                return Outcome(known)
            _admit(state, wanted)
            draft = state.draft()
            meter = _meter(service_id, account_id, wanted, state.moment)
            draft.meter(None, meter)
            return Outcome(meter, draft.done())

        return self.books.execute(account_id, decide)

    def deactivate(self, account_id: str, service_id: str) -> None:
        """Stop charging from this second. Allowed while suspended. Raises NotFound when it is not active."""
        ended = False

        def decide(state: State) -> Outcome[None]:
            nonlocal ended
            meter = state.meter(service_id)
            if meter is None or meter.kind is not Kind.SERVICE or not meter.live:
                if ended:
                    return Outcome(None)
                raise NotFound("No active service has this id.")
            ended = True
            draft = state.draft()
            draft.meter(meter, meter.ended(state.moment))
            return Outcome(None, draft.done())

        self.books.execute(account_id, decide)


def _admit(state: State, wanted: Payable) -> None:
    check_verified(state.account)
    if any(meter.live and meter.code == wanted.code and meter.kind is Kind.SERVICE for meter in state.meters):
        raise Conflict(f"{wanted.title} is already active.", code="service_active", field="code")
    if state.account.totals.active_services >= state.policy.service_limit:
        message = f"{state.policy.service_limit} services are active, which is the limit. Deactivate one first."
        raise Conflict(message, code="service_limit_reached")
    admit(state, wanted.price_per_hour)


def _meter(service_id: str, account_id: str, wanted: Payable, moment: int) -> Meter:
    return Meter(
        meter_id=service_id,
        account_id=account_id,
        kind=Kind.SERVICE,
        name=wanted.title,
        code=wanted.code,
        full_price=wanted.price_per_hour,
        wished_price=wanted.price_per_hour,
        resumes=True,
        price=wanted.price_per_hour,
        since=moment,
        started_at=moment,
    )
