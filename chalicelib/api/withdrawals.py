"""Withdrawals are not supported, and the API says so."""

from types import NoneType

from chalice.app import Blueprint

from chalicelib.api.view import Call, operation
from chalicelib.errors import Forbidden

blueprint = Blueprint(__name__)


@operation(
    blueprint, "POST", "/api/v1/withdrawals", answer=NoneType, ignores_body=True,
    summary="Withdrawals are not supported", refusals=(Forbidden,),
)
def request_withdrawal(call: Call[None]) -> None:
    """Always refused, whatever is asked for. A prepaid balance is spent on servers and services."""
    message = "Withdrawals are not supported: a balance can be spent on servers and services only."
    raise Forbidden(message, code="withdrawals_not_supported")
