"""Passwords: forgotten, and changed."""

from chalice.app import Blueprint

from chalicelib.accounts.proof import Given
from chalicelib.api.cookies import SESSION, set_cookie
from chalicelib.api.shapes_credentials import ChangedPassword, Forgotten, Reset
from chalicelib.api.shapes_people import Said
from chalicelib.api.values import given
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Forbidden, TooManyRequests, Unavailable

blueprint = Blueprint(__name__)

ASKED = "If there is an account with this address, we have sent an e-mail to it. Open the link in it within an hour."


@operation(
    blueprint, "POST", "/api/v1/password/forgot", body=Forgotten, answer=Said, status=202, access=Access.PUBLIC,
    summary="Ask for a link to set a new password", refusals=(TooManyRequests, Unavailable),
)
def forgot_password(call: Call[Forgotten]) -> Said:
    """The answer is the same whether or not there is such an account."""
    services().password_reset.ask(call.asked.email, call.client, services().clock())
    return Said(message=ASKED)


@operation(
    blueprint, "POST", "/api/v1/password/reset", body=Reset, answer=Said, access=Access.PUBLIC,
    summary="Set a new password with the link", refusals=(Unavailable,),
)
def reset_password(call: Call[Reset]) -> Said:
    """Proves the mailbox, ends every session and cancels a change of address. A second factor stays. Logs nobody in."""
    services().password_reset.reset(call.asked.token, call.asked.password, services().clock())
    return Said(message="Your new password is set, and every session was ended. Log in to go on.")


@operation(
    blueprint, "POST", "/api/v1/password", body=ChangedPassword, answer=Said, access=Access.IN_PERSON,
    summary="Change the password", refusals=(Forbidden, TooManyRequests, Unavailable),
)
def change_password(call: Call[ChangedPassword]) -> Said:
    """Ends all sessions and goes on in a new one. Who has none yet leaves it out, within ten minutes of a log-in."""
    asked, now = call.asked, services().clock()
    proof = Given(given(asked.current_password), given(asked.code))
    begun = services().password_change.change(call.principal, proof, asked.new_password, call.client, now)
    call.set_cookies.append(set_cookie(SESSION, begun.secret, begun.lasts_seconds))
    return Said(message="Your password is changed, and every other session was ended.")
