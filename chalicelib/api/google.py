"""Signing in with Google, and linking it. Google sends the browser back to a page of the console, which posts here."""

from chalice.app import Blueprint

from chalicelib.accounts.google_answer import Answer
from chalicelib.accounts.proof import Given
from chalicelib.api.cookies import SESSION, SIGN_IN, drop_cookie, set_cookie
from chalicelib.api.sessions import logged_in
from chalicelib.api.shapes_credentials import Confirmed
from chalicelib.api.shapes_google import FromGoogle, GoogleLink, SendTo
from chalicelib.api.shapes_people import LoggedIn, Said
from chalicelib.api.values import given
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.errors import Conflict, Forbidden, NotFound, TooManyRequests, Unavailable

blueprint = Blueprint(__name__)


@operation(
    blueprint, "POST", "/api/v1/google/begin", answer=SendTo, access=Access.PUBLIC,
    summary="Begin a sign-in with Google", refusals=(NotFound, Unavailable),
)
def begin_google(call: Call[None]) -> SendTo:
    """Binds the sign-in to this browser by a cookie of ten minutes."""
    begun = services().google.begin(services().clock())
    call.set_cookies.append(set_cookie(SIGN_IN, begun.cookie, begun.lasts_seconds))
    return SendTo(address=begun.address)


@operation(
    blueprint, "POST", "/api/v1/google/sign-in", body=FromGoogle, answer=LoggedIn, status=201, access=Access.PUBLIC,
    summary="Log in with what Google has sent the browser back with",
    refusals=(Conflict, Forbidden, TooManyRequests, Unavailable),
)
def sign_in_with_google(call: Call[FromGoogle]) -> LoggedIn:
    """The first time it opens an account. Whoever has one with a proven address links Google to it instead."""
    begun = services().google.sign_in(_answer(call, call.asked), call.client, services().clock())
    call.set_cookies.extend([set_cookie(SESSION, begun.secret, begun.lasts_seconds), drop_cookie(SIGN_IN)])
    return logged_in(begun.session)


@operation(
    blueprint, "POST", "/api/v1/google/link", body=GoogleLink, answer=Said, access=Access.IN_PERSON,
    summary="Let a Google account in, too", refusals=(Conflict, Forbidden, TooManyRequests, Unavailable),
)
def link_google(call: Call[GoogleLink]) -> Said:
    """With the password once more: whoever is linked can log in from now on."""
    who, now = call.principal, services().clock()
    proof = Given(given(call.asked.password), given(call.asked.code_of_second_factor))
    services().google.link(who, proof, _answer(call, call.asked), now)
    call.set_cookies.append(drop_cookie(SIGN_IN))
    return Said(message="From now on this Google account logs you in.")


@operation(
    blueprint, "POST", "/api/v1/google/unlink", body=Confirmed, answer=Said, access=Access.IN_PERSON,
    summary="Let it in no more", refusals=(Conflict, Forbidden, TooManyRequests, Unavailable),
)
def unlink_google(call: Call[Confirmed]) -> Said:
    """With the password once more, which there has to be."""
    who, now = call.principal, services().clock()
    services().google.unlink(who, Given(given(call.asked.password), given(call.asked.code)), now)
    return Said(message="Google no longer logs you in.")


def _answer(call: Call[FromGoogle] | Call[GoogleLink], asked: FromGoogle) -> Answer:
    return Answer(asked.code, asked.state, call.cookies.get(SIGN_IN, ""))
