"""Sessions: log in, log out, list, end."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.accounts.principal import Principal
from chalicelib.api.cookies import SESSION, drop_cookie, set_cookie
from chalicelib.api.shapes import Removed
from chalicelib.api.shapes_people import EndedSessions, LoggedIn, LogInWith, Session, SessionList
from chalicelib.api.values import given
from chalicelib.api.view import Access, Call, operation
from chalicelib.bootstrap import services
from chalicelib.clock import iso
from chalicelib.errors import TooManyRequests, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from chalicelib.accounts import sessions

blueprint = Blueprint(__name__)


@operation(
    blueprint, "POST", "/api/v1/sessions", body=LogInWith, answer=LoggedIn, status=201, access=Access.PUBLIC,
    summary="Log in", refusals=(Unauthenticated, TooManyRequests, Unavailable),
)
def log_in(call: Call[LogInWith]) -> LoggedIn:
    """The session's secret is in the cookie and nowhere else. Slower after failures."""
    asked, now = call.asked, services().clock()
    begun = services().log_in.log_in(asked.email, asked.password, given(asked.code), call.client, now)
    call.set_cookies.append(set_cookie(SESSION, begun.secret, begun.lasts_seconds))
    return logged_in(begun.session)


@operation(
    blueprint, "GET", "/api/v1/sessions", answer=SessionList, access=Access.IN_PERSON, summary="The open sessions"
)
def list_sessions(call: Call[None]) -> SessionList:
    """Newest first."""
    return SessionList(items=sessions_of(call.principal, services().clock()))


@operation(
    blueprint, "POST", "/api/v1/sessions/log-out", answer=Removed, access=Access.IN_PERSON, summary="Log out",
    refusals=(Unavailable,),
)
def log_out(call: Call[None]) -> Removed:
    """Ends this session here and at the browser."""
    session_id = str(call.principal.session_id)
    services().sessions.end(call.principal.user_id, session_id)
    call.set_cookies.append(drop_cookie(SESSION))
    return Removed(id=session_id)


@operation(
    blueprint, "POST", "/api/v1/sessions/end-others", answer=EndedSessions, access=Access.IN_PERSON,
    summary="End all other sessions", refusals=(Unavailable,),
)
def end_other_sessions(call: Call[None]) -> EndedSessions:
    """All but the one that asks."""
    who = call.principal
    return EndedSessions(ended=services().sessions.end_all(who.user_id, but=who.session_id))


@operation(
    blueprint, "DELETE", "/api/v1/sessions/{session_id}", answer=Removed, access=Access.IN_PERSON,
    summary="End a session", refusals=(Unavailable,),
)
def end_session(call: Call[None]) -> Removed:
    """It opens nothing from now on."""
    services().sessions.end(call.principal.user_id, call.path["session_id"])
    return Removed(id=call.path["session_id"])


def sessions_of(who: Principal, now: int) -> list[Session]:
    """The open sessions of who calls, newest first."""
    return [_session(one, who.session_id) for one in services().sessions.of_user(who.user_id, now)]


def logged_in(session: "sessions.Session") -> LoggedIn:
    """The answer to every way of logging in."""
    return LoggedIn(
        user_id=session.user_id,
        account_id=session.account_id,
        email=session.display_name,
        session=_session(session, session.session_id),
    )


def _session(session: "sessions.Session", current: str | None) -> Session:
    return Session(
        id=session.session_id,
        current=session.session_id == current,
        address=session.client.address,
        device=session.client.device,
        began_at=iso(session.began_at),
        seen_at=iso(session.seen_at),
        ends_at=iso(session.ends_at),
    )
