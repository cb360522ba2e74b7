"""What the browser brings back from Google. See google.py."""

from typing import NamedTuple


class Answer(NamedTuple):
    """What came back from Google, and the cookie of the browser that it came to."""

    code: str
    state: str
    cookie: str
