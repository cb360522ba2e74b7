"""HTTP on the local port: requests are read with care, and whatever can not be read gets an answer of the one shape."""

import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from email.message import Message
from http.server import BaseHTTPRequestHandler

from local.gateway import HttpAnswer, error_answer

MOST_BYTES = 1 << 20
"""Of a body. The API itself takes less."""
MOST_DIGITS = 18
LINGERING_SECONDS = 5
MOST_LINGERING_BYTES = 64 << 20

Answerer = Callable[[str, str, Mapping[str, str], bytes], HttpAnswer]
"""Answers a method, a path with its query, headers by their names in lower case, and a body."""

_UNREADABLE = "The request could not be read."
_REFUSED: Mapping[int, tuple[int, str, str]] = {
    414: (414, "too_large", "The address is too long."),
    431: (431, "too_large", "The headers are too long."),
    501: (405, "method_not_allowed", "There is no such method."),
}
"""What Python's server refuses by itself: our status, code and words. The rest is 400."""


class Wire(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    answerer: Answerer

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Called by the base class for what it can not read."""
        self._refuse(error_answer(*_REFUSED.get(code, (400, "invalid", _UNREADABLE))))

    def log_message(self, format: str, *args: object) -> None:
        """The terminal belongs to whoever reads it."""

    def _handle(self) -> None:
        length = length_of(self.headers)
        if isinstance(length, HttpAnswer):
            self._refuse(length)
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        self._send(type(self).answerer(self.command, self.path, headers, self.rfile.read(length)))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """The base class asks for do_<METHOD>: which methods there are, the API says."""
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def _send(self, answer: HttpAnswer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def _refuse(self, answer: HttpAnswer) -> None:
        """Answer, and read on while the caller still sends: closing on unread bytes would take the answer back."""
        self.close_connection = True
        self._send(answer)
        left = MOST_LINGERING_BYTES
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(LINGERING_SECONDS)
            while left > 0 and (ignored := self.connection.recv(1 << 16)):
                left -= len(ignored)


def length_of(headers: Message) -> int | HttpAnswer:
    """How long the body is, or why it is not read."""
    if "Transfer-Encoding" in headers:
        return error_answer(411, "length_required", "Send a Content-Length.")
    lengths = headers.get_all("Content-Length") or ["0"]
    if len(lengths) > 1 or not (lengths[0].isascii() and lengths[0].isdigit()):
        return error_answer(400, "invalid", "Content-Length must be a whole number, once.")
    if len(lengths[0]) > MOST_DIGITS or int(lengths[0]) > MOST_BYTES:
        return error_answer(413, "too_large", "The body is too large.")
    return int(lengths[0])
