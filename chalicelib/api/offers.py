"""What can be rented, and what renting it would mean."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.api.errors import problem_of
from chalicelib.api.shapes_renting import Offer, OfferList, OfferQuery, Quote, QuoteOrder
from chalicelib.api.values import amount, given
from chalicelib.api.view import Call, operation
from chalicelib.bootstrap import services
from chalicelib.clock import iso_or_none
from chalicelib.errors import NotFound, Unavailable
from chalicelib.instances.order import Wanted

if TYPE_CHECKING:
    from chalicelib.instances import offers, rentals

blueprint = Blueprint(__name__)


@operation(blueprint, "GET", "/api/v1/offers", query=OfferQuery, answer=OfferList, summary="What can be rented")
def list_offers(call: Call[OfferQuery]) -> OfferList:
    """Cheapest first. Names are compared without regard to case."""
    asked = call.asked
    wanted = Wanted(given(asked.gpu_name), given(asked.gpu_count), given(asked.provider), given(asked.region))
    return OfferList(items=[offer_of(offer) for offer in services().catalogue.find(wanted)])


@operation(
    blueprint, "POST", "/api/v1/quote", body=QuoteOrder, answer=Quote, summary="What renting an offer would mean now",
    refusals=(NotFound, Unavailable),
)
def quote(call: Call[QuoteOrder]) -> Quote:
    """Changes nothing. An offer that could not be rented now is answered too, with the reason."""
    return _quote(services().rentals.quote(call.account_id, call.asked.offer_id))


def offer_of(offer: "offers.Offer") -> Offer:
    """An offer, its prices as text."""
    return Offer(
        id=offer.offer_id,
        instance_type=offer.instance_type,
        provider=offer.provider,
        region=offer.region,
        gpu_name=offer.gpu_name,
        gpu_count=offer.gpu_count,
        gpu_memory_gb=offer.gpu_memory_gb,
        cpu_type=offer.cpu_type,
        vcpus=offer.vcpus,
        ram_gb=offer.ram_gb,
        disk_gb=offer.disk_gb,
        scratch_gb=offer.scratch_gb,
        running_price_per_hour=amount(offer.running_price),
        stopped_price_per_hour=amount(offer.stopped_price),
    )


def _quote(quoted: "rentals.Quote") -> Quote:
    return Quote(
        offer=offer_of(quoted.offer),
        hourly_need=amount(quoted.hourly_need),
        balance=amount(quoted.balance),
        lasts_until=iso_or_none(quoted.lasts_until),
        admitted=quoted.refusal is None,
        refusal=None if quoted.refusal is None else problem_of(quoted.refusal),
    )
