"""Somebody at the OpenID provider that plays Google on this machine."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener


class Stay(HTTPRedirectHandler):
    """Follows nothing: where the browser is sent to is what the test looks at."""

    def redirect_request(self, *_: Any) -> None:
        return None


def at_google(address: str, subject: str, **claims: object) -> dict[str, str]:
    """Somebody says yes at Google; what the browser is sent back with."""
    parts = urlsplit(address)
    opener = build_opener(Stay)
    told = Request(
        f"{parts.scheme}://{parts.netloc}/users/{subject}", json.dumps(claims).encode(),
        {"Content-Type": "application/json"}, method="PUT",
    )  # fmt: skip
    opener.open(told, timeout=30)
    try:
        opener.open(address, urlencode({"sub": subject}).encode(), timeout=30)
    except HTTPError as redirect:
        query = parse_qs(urlsplit(redirect.headers["Location"]).query)
        return {name: values[0] for name, values in query.items()}
    raise AssertionError("the provider sent the browser nowhere")
