"""The balance, why it is what it is, and what is in use."""

from chalice.app import Blueprint

from chalicelib.api.rendering import balance_of, explanation_of, usage_of
from chalicelib.api.shapes_billing import Balance, Explanation, UsageList
from chalicelib.api.view import Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Unavailable

blueprint = Blueprint(__name__)


@operation(blueprint, "GET", "/api/v1/balance", answer=Balance, summary="How the account stands now")
def get_balance(call: Call[None]) -> Balance:
    """The balance, how long it lasts at the present rate, and the account's status. It changes with every second."""
    account = services().lines.account(call.account_id)
    return balance_of(account, services().clock(), services().config.policy)


@operation(
    blueprint, "GET", "/api/v1/balance/explain", answer=Explanation, summary="Why the balance is what it is",
    refusals=(Unavailable,),
)
def explain_balance(call: Call[None]) -> Explanation:
    """The ledger, every open meter in exact units, and one rounding line, which add up to the balance."""
    return explanation_of(services().reader.explain(call.account_id))


@operation(
    blueprint, "GET", "/api/v1/usage", answer=UsageList, summary="What is in use and what it costs",
    refusals=(Unavailable,),
)
def get_usage(call: Call[None]) -> UsageList:
    """Every rental and service that is live or not yet booked to its end, with its use since its last entry."""
    return usage_of(services().reader.explain(call.account_id))
