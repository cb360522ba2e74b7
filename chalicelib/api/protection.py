"""What protects from spending more than one means to: the monthly cap, and asking beforehand."""

from chalice.app import Blueprint

from chalicelib.api.errors import problem_of
from chalicelib.api.shapes_protection import NewSpendingCap, SpendingCap, WhatIf, WhatIfQuery
from chalicelib.api.values import amount, given
from chalicelib.api.view import Call, operation
from chalicelib.billing.spending import Spending
from chalicelib.billing.supposed import Added, Supposed
from chalicelib.bootstrap import services
from chalicelib.clock import HOUR, iso, iso_or_none
from chalicelib.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from chalicelib.money import USD

blueprint = Blueprint(__name__)

CAP = "/api/v1/spending-cap"


@operation(blueprint, "GET", CAP, answer=SpendingCap, summary="What this month has used, and its cap")
def get_spending_cap(call: Call[None]) -> SpendingCap:
    """Use counts when it happens. What comes back by an adjustment is not deducted."""
    return _cap(services().spending_caps.see(call.account_id))


@operation(
    blueprint, "PUT", CAP, body=NewSpendingCap, answer=SpendingCap, summary="Set or remove the monthly spending cap",
    refusals=(Conflict, Forbidden, Unavailable),
)
def set_spending_cap(call: Call[NewSpendingCap]) -> SpendingCap:
    """From the cap to the end of the month nothing is rented, started or activated. What runs goes on.

    A token may set or lower it. To raise or remove it takes somebody who has logged in.
    """
    text = call.asked.cap
    cap = None if text is None else USD.parse(text, field="cap")
    return _cap(services().spending_caps.set(call.account_id, cap, in_person=call.principal.in_person))


@operation(
    blueprint, "GET", "/api/v1/what-if", query=WhatIfQuery, answer=WhatIf, refusals=(NotFound,),
    summary="How long the balance would last",
)
def get_what_if(call: Call[WhatIfQuery]) -> WhatIf:
    """With an offer running, or after a top-up, or both; leases count. Names and SSH keys are left to the quote."""
    top_up = given(call.asked.top_up)
    micros = 0 if top_up is None else USD.parse(top_up, field="top_up")
    added = _added(call.asked)
    return _what_if(services().suppositions.what_if(call.account_id, added, micros), with_offer=added is not None)


def _added(asked: WhatIfQuery) -> Added | None:
    offer_id, hours = given(asked.offer_id), given(asked.stop_after_hours)
    if offer_id is None:
        if hours is not None:
            raise Invalid("A lease needs an offer.", code="invalid_lease", field="stop_after_hours")
        return None
    offer = services().catalogue.get(offer_id)
    return Added(offer.running_price, offer.stopped_price, None if hours is None else hours * HOUR)


def _cap(seen: Spending) -> SpendingCap:
    return SpendingCap(
        cap=None if seen.cap is None else amount(seen.cap),
        spent=amount(seen.spent),
        reached=seen.reached,
        month_began_at=iso(seen.month_began_at),
        month_ends_at=iso(seen.month_ends_at),
        as_of=iso(seen.as_of),
    )


def _what_if(supposed: Supposed, *, with_offer: bool) -> WhatIf:
    refusal = supposed.refusal
    return WhatIf(
        balance=amount(supposed.balance),
        rate_per_hour=amount(supposed.rate_per_hour),
        status=supposed.status,
        runs_out_at=iso_or_none(supposed.runs_out_at),
        admitted=refusal is None if with_offer else None,
        refusal=None if refusal is None else problem_of(refusal),
        missing=amount(supposed.missing),
        as_of=iso(supposed.as_of),
    )
