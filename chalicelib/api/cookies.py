"""Cookies: two of them, both for this host alone, unreadable for scripts and never sent along from another site.

The prefix __Host- makes the browser refuse one that a neighbouring host or plain HTTP has set. On the loopback, where
`make run` speaks plain HTTP, browsers take them all the same: it is a secure context.
"""

from chalice.app import Request

SESSION = "__Host-session"
SIGN_IN = "__Host-sign-in"
"""Binds a sign-in by Google to the browser that began it."""


_OURS = frozenset({SESSION, SIGN_IN})


def cookies_of(request: Request) -> dict[str, str]:
    """The request's cookies that are ours, by name. Their values have no character that would have to be quoted."""
    pairs = (each.strip().partition("=") for each in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name in _OURS}


def set_cookie(name: str, value: str, seconds: int) -> str:
    """The header that makes a browser keep a value for so long."""
    return f"{name}={value}; Max-Age={seconds}; Path=/; Secure; HttpOnly; SameSite=Strict"


def drop_cookie(name: str) -> str:
    """The header that makes a browser forget it."""
    return set_cookie(name, "", 0)
