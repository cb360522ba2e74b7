"""Closing one's account."""

from chalice.app import Blueprint

from chalicelib.accounts.proof import Given
from chalicelib.api.cookies import SESSION, drop_cookie
from chalicelib.api.shapes_leaving import Farewell
from chalicelib.api.shapes_people import Said
from chalicelib.api.values import amount_in, given
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, TooManyRequests, Unavailable

blueprint = Blueprint(__name__)


@operation(
    blueprint, "POST", "/api/v1/me/close", body=Farewell, answer=Said, access=Access.IN_PERSON,
    summary="Close the account for good", refusals=(Conflict, Forbidden, TooManyRequests, Unavailable),
)
def close_account(call: Call[Farewell]) -> Said:
    """Nothing may be live. What we know of its owner is removed; a balance is given up only by its exact amount."""
    asked, now = call.asked, services().clock()
    proof = Given(given(asked.password), given(asked.code))
    services().closing.close(call.principal, proof, amount_in(asked.forfeit, "forfeit"), now)
    call.set_cookies.append(drop_cookie(SESSION))
    return Said(message="Your account is closed. We have sent you a last e-mail.")
