"""The currency of an account."""

from chalice.app import Blueprint

from chalicelib.api.rendering import balance_of
from chalicelib.api.shapes_billing import Balance, ChosenCurrency
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Unavailable

blueprint = Blueprint(__name__)


@operation(
    blueprint, "POST", "/api/v1/me/currency", body=ChosenCurrency, answer=Balance, access=Access.IN_PERSON,
    summary="Choose the account's currency", refusals=(Conflict, Unavailable),
)
def choose_currency(call: Call[ChosenCurrency]) -> Balance:
    """Once, before any money, and for good. Choosing the same again changes nothing."""
    account = services().currencies.choose(call.account_id, call.asked.currency)
    return balance_of(account, services().clock(), services().config.policy)
