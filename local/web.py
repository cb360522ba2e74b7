"""What answers on the local port: the API, and under /local/ the clock and the mails."""

import html
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from http.server import ThreadingHTTPServer
from typing import Any

from chalicelib.clock import in_words, iso
from local.gateway import Gateway, HttpAnswer, error_answer, json_answer
from local.heartbeat import logged
from local.wire import Wire
from local.world import World

LONGEST_JUMP_SECONDS = 400 * 86_400


class Web:
    """Answers requests, from many threads."""

    def __init__(self, world: World, gateway: Gateway, welcome: str) -> None:
        self._world = world
        self._gateway = gateway
        self._welcome = welcome
        world.daemons.speak_through(gateway.handle)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """One request. An error of the local stack itself is told in the answer, and the next request is served."""
        try:
            return self._answer(method, path, headers, body)
        except Exception as error:  # noqa: BLE001 - a dropped connection would tell nothing of any of them
            message = f"The local stack failed at {iso(self._world.clock())}: {logged(error)}. Try again."
            return error_answer(500, "internal", message)

    def _answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        match method, path.partition("?")[0].rstrip("/"):
            case "POST", "/local/clock":
                return self._move_clock(body)
            case "GET", "/local/clock":
                return json_answer(200, {"now": self._world.clock()})
            case "GET", "/local/mail":
                return self._mails("text/html" in headers.get("accept", ""))
            case "GET", "":
                return _page("Local stack", self._welcome)
            case _:
                return self._gateway.handle(method, path, headers, body)

    def _move_clock(self, body: bytes) -> HttpAnswer:
        try:
            seconds = json.loads(body)["advance_seconds"]
        except (ValueError, KeyError, TypeError, RecursionError):
            seconds = None
        if type(seconds) is not int or not 0 <= seconds <= LONGEST_JUMP_SECONDS:
            message = f'Send {{"advance_seconds": n}} with a whole number from 0 to {LONGEST_JUMP_SECONDS}.'
            return error_answer(400, "invalid", message)
        return json_answer(200, {"now": self._world.jump(seconds)})

    def _mails(self, as_page: bool) -> HttpAnswer:
        mails = self._world.mailbox.collect()
        if not as_page:
            return json_answer(200, [asdict(mail) for mail in mails])
        shown = "".join(_mail(asdict(mail)) for mail in reversed(mails)) or "<p>No e-mail has been sent yet.</p>"
        return _page("E-mails sent", f"<h1>E-mails sent</h1>{shown}")


def _mail(mail: Mapping[str, Any]) -> str:
    to, subject = html.escape(", ".join(mail["to"])), html.escape(mail["subject"])
    frame = f'<iframe sandbox title="{subject}" srcdoc="{html.escape(mail["html"])}"></iframe>'
    return (
        f"<details><summary><b>{subject}</b><br>to {to}, {html.escape(in_words(mail['sent_at']))}</summary>"
        f"{frame}<pre>{html.escape(mail['text'])}</pre></details>"
    )


_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid #8886; border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; }
summary { cursor: pointer; } iframe { width: 100%; height: 34rem; border: 0; margin-top: .75rem; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #8881; padding: .75rem; border-radius: .5rem; }
"""


def _page(title: str, body: str) -> HttpAnswer:
    document = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style><body>{body}</body></html>"
    )
    return HttpAnswer(200, [("Content-Type", "text/html; charset=utf-8")], document.encode())


def serve(web: Web, port: int) -> ThreadingHTTPServer:
    """A server on 127.0.0.1 that has not begun to answer: call serve_forever. Raises OSError for a port in use."""
    return _Server(("127.0.0.1", port), type("Answering", (Wire,), {"answerer": web.answer}))


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away before its answer is no error of ours."""
        if type(sys.exception()) not in (BrokenPipeError, ConnectionResetError):
            super().handle_error(request, client_address)
