"""Signing up, and proving the mailbox."""

from chalice.app import Blueprint

from chalicelib.api.shapes_people import NewUser, Said, UsedLink
from chalicelib.api.values import given
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, TooManyRequests, Unavailable

blueprint = Blueprint(__name__)

ASKED = "We have sent an e-mail to this address. Open the link in it within a day."


@operation(
    blueprint, "POST", "/api/v1/sign-up", body=NewUser, answer=Said, status=202, access=Access.PUBLIC,
    summary="Sign up", refusals=(TooManyRequests, Unavailable),
)
def sign_up(call: Call[NewUser]) -> Said:
    """The answer is the same for an address that has an account: its owner is written to."""
    asked, now = call.asked, services().clock()
    services().sign_up.ask(asked.email, asked.password, given(asked.name), call.client, now)
    return Said(message=ASKED)


@operation(
    blueprint, "POST", "/api/v1/email/verify", body=UsedLink, answer=Said, access=Access.PUBLIC,
    summary="Prove the mailbox with the link of the sign-up", refusals=(Conflict, Unavailable),
)
def verify_email(call: Call[UsedLink]) -> Said:
    """Makes the password of that sign-up the account's own. Using the link again changes nothing."""
    user = services().sign_up.verify(call.asked.token, services().clock())
    return Said(message=f"{user.email} is verified. Log in to begin.")


@operation(
    blueprint, "POST", "/api/v1/email/send-link", answer=Said, status=202, access=Access.IN_PERSON,
    summary="Send the link of the sign-up again", refusals=(TooManyRequests, Unavailable),
)
def send_link_again(call: Call[None]) -> Said:
    """For somebody who has logged in and whose address is not verified yet."""
    services().sign_up.ask_again(call.principal.user_id, services().clock())
    return Said(message=ASKED)
