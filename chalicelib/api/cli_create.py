"""Renting with the published command: one address that asks what is missing, shows the offers, and rents.

It rents when it is told which offer, or is told to choose by itself; every other call is a question and writes nothing.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from chalice.app import Blueprint

from chalicelib.api.cli_operation import CliCall, cli_operation
from chalicelib.api.cli_rendering import concrete_offer_of
from chalicelib.api.cli_shapes_rented import RentAnswer, RentAsked
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, NotFound, PaymentRequired, Unavailable
from chalicelib.instances.names import check_name
from chalicelib.instances.order import Order, Wanted

if TYPE_CHECKING:
    from chalicelib.instances.offers import Offer

blueprint = Blueprint(__name__)

Choice = Literal["gpuCount", "diskSizeGb"]
Offers: TypeAlias = "Sequence[Offer]"

_CHOICES: dict[Choice, str] = {"gpuCount": "Number of GPUs", "diskSizeGb": "Disk size in GB"}
"""What the command asks for where it was not given and offers differ in it, in this order."""


@cli_operation(
    blueprint, "/v1/instance-rented/create", body=RentAsked, answer=RentAnswer,
    summary="Rent a server, or ask for offers", refusals=(Forbidden, NotFound, PaymentRequired, Conflict, Unavailable),
    words={"name": "slug", "offer_id": "concreteInstanceOfferPublicId"},
)
def create_rented(call: CliCall[RentAsked]) -> RentAnswer:
    """The price is fixed when it is rented; left to choose, the server takes the cheapest offer that fits."""
    try:
        return _create(call)
    except Conflict as refusal:
        raise _for_a_terminal(refusal) from None


def _create(call: CliCall[RentAsked]) -> RentAnswer:
    check_name(call.asked.slug)
    chosen = call.asked.concrete_instance_offer_public_id
    if chosen is not None:
        return _rent(call, services().catalogue.get(chosen))
    offers = _fitting(call.asked)
    if isinstance(offers, RentAnswer):
        return offers
    return _rent(call, offers[0]) if call.asked.force_start_rent else _quote(call, offers)


def _for_a_terminal(refusal: Conflict) -> Conflict:
    """The same refusal, with what to type."""
    if refusal.code != "no_ssh_key":
        return refusal
    return Conflict(f"{refusal.message} Type: thestage config upload-ssh-key ~/.ssh/id_ed25519.pub", code=refusal.code)


def _rent(call: CliCall[RentAsked], offer: "Offer") -> RentAnswer:
    rental = services().rentals.rent(call.account_id, Order(call.asked.slug, offer.offer_id))
    return RentAnswer(
        selected_concrete_instance_offer=concrete_offer_of(rental.offer), instance_rented_public_id=rental.rental_id
    )


def _quote(call: CliCall[RentAsked], offers: Offers) -> RentAnswer:
    """Who could not rent even the cheapest is told before anything is asked."""
    refusal = services().rentals.quote(call.account_id, offers[0].offer_id, call.asked.slug).refusal
    if refusal is not None:
        raise refusal
    for choice in _CHOICES:
        if len(options := _options(choice, offers)) > 1:
            return RentAnswer(
                missing_field_name=choice, missing_field_display_name=_CHOICES[choice], missing_field_options=options
            )
    return RentAnswer(concrete_instance_offers_to_select=[concrete_offer_of(offer) for offer in offers])


def _fitting(asked: RentAsked) -> "Offers | RentAnswer":
    """What fits everything that was given, cheapest first; or which part of it nothing fits."""
    if misfit := _unknown_names(asked):
        return misfit
    offers: Offers = services().catalogue.find(Wanted(asked.gpu_name, provider=asked.cloud_provider_name))
    for choice in _CHOICES:
        text = asked.gpu_count if choice == "gpuCount" else asked.disk_size_gb
        fitting = [offer for offer in offers if text in (None, str(_value(choice, offer)))]
        if not fitting:
            there_is = ", ".join(_options(choice, offers))
            message = f"No offer fits. {_CHOICES[choice]} can be: {there_is}."
            return RentAnswer(is_success=False, message=message, fields_with_error=[choice])
        offers = fitting
    return offers


def _unknown_names(asked: RentAsked) -> RentAnswer | None:
    """Which name is on no offer. From the fields the command makes these very sentences, except when it is forced."""
    catalogue = services().catalogue
    wrong = {}
    provider = asked.cloud_provider_name
    if not catalogue.find(Wanted(provider=provider)):
        wrong["providerName"] = f"Invalid provider name. Valid provider names: {', '.join(catalogue.providers)}"
    if not catalogue.find(Wanted(asked.gpu_name, provider=None if wrong else provider)):
        wrong["gpuName"] = f"Invalid GPU name. Valid GPU names: {', '.join(catalogue.gpu_names)}"
    if not wrong:
        return None
    message = ". ".join(wrong.values()) if asked.force_start_rent else None
    return RentAnswer(is_success=False, message=message, fields_with_error=list(wrong))


def _value(choice: Choice, offer: "Offer") -> int:
    return offer.gpu_count if choice == "gpuCount" else offer.disk_gb


def _options(choice: Choice, offers: Offers) -> dict[str, str]:
    """What there is to choose, smallest first, and how it reads."""
    values = sorted({_value(choice, offer) for offer in offers})
    if choice == "diskSizeGb":
        return {str(value): f"{value} GB" for value in values}
    return {str(value): f"{value} GPU{'s' if value > 1 else ''}" for value in values}
