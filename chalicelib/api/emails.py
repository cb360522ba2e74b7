"""A change of e-mail address."""

from chalice.app import Blueprint

from chalicelib.accounts.proof import Given
from chalicelib.api.shapes_credentials import ChangedEmail
from chalicelib.api.shapes_people import Said, UsedLink
from chalicelib.api.values import given
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, TooManyRequests, Unavailable

blueprint = Blueprint(__name__)

ASKED = "We have sent an e-mail to the new address. Open the link in it within a day."


@operation(
    blueprint, "POST", "/api/v1/email", body=ChangedEmail, answer=Said, status=202, access=Access.IN_PERSON,
    summary="Ask for another e-mail address", refusals=(Forbidden, TooManyRequests, Unavailable),
)
def change_email(call: Call[ChangedEmail]) -> Said:
    """Nothing changes before the link is opened. The answer is the same for an address that somebody has."""
    asked = call.asked
    proof = Given(given(asked.password), given(asked.code))
    services().email_change.ask(call.principal, asked.email, proof, call.client, services().clock())
    return Said(message=ASKED)


@operation(
    blueprint, "POST", "/api/v1/email/confirm", body=UsedLink, answer=Said, access=Access.PUBLIC,
    summary="Use the link of a change of address", refusals=(Conflict, Unavailable),
)
def confirm_email(call: Call[UsedLink]) -> Said:
    """From now on one logs in with the new address. Using the link again changes nothing."""
    user = services().email_change.confirm(call.asked.token, services().clock())
    return Said(message=f"Your address is now {user.email}.")
