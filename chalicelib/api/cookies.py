"""Cookies: two of them, both for this host alone, unreadable for scripts and never sent along from another site.

The prefix __Host- makes the browser refuse one that a neighbouring host or plain HTTP has set. On the loopback, where
`make run` speaks plain HTTP, browsers take them all the same: it is a secure context.
"""

from http.cookies import CookieError, SimpleCookie

from chalice.app import Request

SESSION = "__Host-session"
SIGN_IN = "__Host-sign-in"
"""Binds a sign-in by Google to the browser that began it."""


_OURS = (SESSION, SIGN_IN)


def cookies_of(request: Request) -> dict[str, str]:
    """The request's cookies that are ours, by name."""
    text = request.headers.get("cookie")
    if not text:
        return {}
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(text)
    except CookieError:
        return {}
    return {name: jar[name].value for name in _OURS if name in jar}


def set_cookie(name: str, value: str, seconds: int) -> str:
    """The header that makes a browser keep a value for so long."""
    return f"{name}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Strict"


def drop_cookie(name: str) -> str:
    """The header that makes a browser forget it."""
    return set_cookie(name, "", 0)
