"""Invoking the product's Lambda functions on this machine, by the names they are registered under."""

import importlib
import json
import threading
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from chalice.local import LocalChalice

Event = Mapping[str, Any]

API = "api_handler"

_running: ContextVar[str] = ContextVar("running_function", default="")


def running() -> str:
    """The function whose handler runs here now, in this process; empty where none does."""
    return _running.get()


class Functions(Protocol):
    """Runs a function with an event, as Lambda does. A function that dies raises FunctionFailed."""

    def invoke(self, name: str, event: Event) -> Any:
        """What the handler answers."""


class FunctionFailed(Exception):
    """The handler raised: Lambda would call the invocation failed."""


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda tells a handler about its invocation."""

    function_name: str
    aws_request_id: str
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = ""

    def get_remaining_time_in_millis(self) -> int:
        """Always enough."""
        return 60_000


class InProcess:
    """The functions of this checkout, in this process. Requests may come from many threads."""

    def __init__(self) -> None:
        self._app: Any = importlib.import_module("app").app
        # Chalice keeps the request on the app; its own local server makes that one for each thread, as here.
        self._app.__class__ = LocalChalice
        self._handlers = {
            function.name: _handler(function.handler_string) for function in self._app.pure_lambda_functions
        }
        self._lock = threading.Lock()
        self._count = 0

    @property
    def routes(self) -> list[str]:
        """The paths of the API, with their parameters in braces."""
        return list(self._app.routes)

    def invoke(self, name: str, event: Event) -> Any:
        """Call the handler in the caller's thread."""
        context = Context(name, self._next_request_id())
        handler = self._app if name == API else self._handlers[name]
        before = _running.set(name)
        try:
            return handler(json.loads(json.dumps(event)), context)
        except Exception as error:
            raise FunctionFailed(f"{name}: {type(error).__name__}") from error
        finally:
            _running.reset(before)

    def _next_request_id(self) -> str:
        with self._lock:
            self._count += 1
            return f"local-{self._count:08d}"


def _handler(handler_string: str) -> Any:
    module, _, name = handler_string.rpartition(".")
    return getattr(importlib.import_module(module), name)
