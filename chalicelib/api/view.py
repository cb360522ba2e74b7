"""The view decorator: an endpoint is declared with what it takes and what it answers, and the rest is the same for all.

    @operation(blueprint, "POST", "/api/v1/keys", body=NewKey, answer=Key, status=201, summary="Add an SSH key")
    def add_key(call: Call[NewKey]) -> Key:
        ...

A request is authenticated, then read, then handed to the view; whatever comes out, an error of any kind included,
becomes an answer here and nowhere else.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from chalice.app import Blueprint, Request, Response
from msgspec import Struct

from chalicelib import correlation
from chalicelib.accounts.principal import NOWHERE, Client, Principal
from chalicelib.api.answers import failure, success
from chalicelib.api.caller import caller_of, client_of, daemon_of, in_person
from chalicelib.api.cookies import cookies_of
from chalicelib.api.decoding import body_of, idempotency_key_of, no_body, query_of
from chalicelib.api.errors import INTERNAL_STATUS, status_of
from chalicelib.api.front import current_request, request_id_of
from chalicelib.api.logs import log_answered, log_unforeseen
from chalicelib.api.shapes import Shape
from chalicelib.errors import Failure, NotFound, Unauthenticated
from chalicelib.ids import is_id

if TYPE_CHECKING:
    from chalicelib.instances.heartbeat import Holder

ID_KINDS = {
    "rental_id": "rent", "service_id": "srvc", "key_id": "key", "token_id": "tokn", "session_id": "sess",
    "instance_id": "self",
}  # fmt: skip
"""Which kind of id stands in a path. One that has not its form is not found, just as one that belongs to nobody."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Access(StrEnum):
    """Whose call is taken."""

    PUBLIC = "public"
    ACCOUNT = "account"
    """An API token's or a session's."""
    IN_PERSON = "in_person"
    """A session's: what a token may not do."""
    DAEMON = "daemon"
    """A daemon's token, for its own machine."""


class NoQuery(Shape, frozen=True):
    """Takes no parameters."""


class Call(Struct, Generic[Asked], frozen=True):
    """One call of an operation: who, and what is asked for."""

    asked: Asked
    """The body or the query, in its declared shape; None where neither is declared."""
    path: Mapping[str, str]
    idempotency_key: str | None
    caller: Principal | None
    """None in public operations."""
    client: Client = NOWHERE
    """Where it comes from."""
    cookies: Mapping[str, str] = {}
    """The request's cookies that are ours."""
    set_cookies: list[str] = []
    """Headers that make the browser keep or drop a cookie, should the call succeed."""
    daemon: "Holder | None" = None
    """The daemon that calls, in operations that only one may ask for."""

    @property
    def principal(self) -> Principal:
        """Who calls. Raises Unauthenticated in a public operation."""
        if self.caller is None:
            raise Unauthenticated("This needs an API token.", code="token_missing")
        return self.caller

    @property
    def holder(self) -> "Holder":
        """The daemon that calls. Raises Unauthenticated in any other operation."""
        if self.daemon is None:
            raise Unauthenticated("This needs the token of a daemon.", code="token_missing")
        return self.daemon

    @property
    def account_id(self) -> str:
        """The account of the caller: every use case takes it from here and never from the request."""
        return self.principal.account_id


class Operation(Struct, frozen=True, kw_only=True):
    """What is declared of an endpoint; requests are served by it and the API document is made from it."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    answer: type
    status: int
    body: type | None
    query: type | None
    access: Access
    idempotent: bool
    """Takes the header Idempotency-Key."""
    ignores_body: bool
    refusals: tuple[type[Failure], ...]
    """Errors that the use case raises, beside those of any request."""


View = Callable[[Call[Asked]], Answer]
Declare = Callable[[View[Asked, Answer]], View[Asked, Answer]]


@overload
def operation(
    blueprint: Blueprint, method: str, path: str, *, answer: type[Answer], summary: str, body: type[Asked],
    access: Access = ..., status: int = ..., idempotent: bool = ..., refusals: tuple[type[Failure], ...] = ...,
) -> Declare[Asked, Answer]: ...
@overload
def operation(
    blueprint: Blueprint, method: str, path: str, *, answer: type[Answer], summary: str, query: type[Asked],
    access: Access = ..., status: int = ..., refusals: tuple[type[Failure], ...] = ...,
) -> Declare[Asked, Answer]: ...
@overload
def operation(
    blueprint: Blueprint, method: str, path: str, *, answer: type[Answer], summary: str,
    access: Access = ..., status: int = ..., ignores_body: bool = ..., refusals: tuple[type[Failure], ...] = ...,
) -> Declare[None, Answer]: ...
def operation(
    blueprint: Blueprint, method: str, path: str, *, answer: type, summary: str, body: type | None = None,
    query: type | None = None, access: Access = Access.ACCOUNT, status: int = 200, idempotent: bool = False,
    ignores_body: bool = False, refusals: tuple[type[Failure], ...] = (),
) -> Callable[[Any], Any]:
    """Declare the endpoint that a view serves, and route it. The view stays callable as it is."""

    def declare(view: Callable[[Any], Any]) -> Callable[[Any], Any]:
        declared = Operation(
            name=view.__name__, method=method, path=path, summary=summary, description=view.__doc__ or "",
            answer=answer, status=status, body=body, query=query, access=access, idempotent=idempotent,
            ignores_body=ignores_body, refusals=refusals,
        )

        @wraps(view)
        def served(**path: str) -> Response:
            return _serve(declared, view, current_request(), path)

        served.operation = declared  # type: ignore[attr-defined]
        # Content types are left to us: Chalice's own refusal has another shape.
        blueprint.route(path, methods=[method], content_types=["*/*"])(served)
        return view

    return declare


def operation_of(view_function: Callable[..., Any]) -> Operation:
    """What a routed view was declared as. Raises TypeError for one that was routed without `operation`."""
    declared = getattr(view_function, "operation", None)
    if not isinstance(declared, Operation):
        raise TypeError(f"{view_function.__name__} is routed without being declared as an operation")
    return declared


def _serve(declared: Operation, view: Callable[[Any], Any], request: Request, path: Mapping[str, str]) -> Response:
    request_id = request_id_of(request)
    caller: Principal | Holder | None = None
    with correlation.under(request_id):
        try:
            caller = _caller(declared, request)
            call = _call(declared, request, path, caller)
            answer = view(call)
            response = success(declared.status, answer, request_id, call.set_cookies)
        except Exception as error:  # noqa: BLE001 - the last place that can give an error its shape
            if status_of(error) == INTERNAL_STATUS:
                log_unforeseen(error, declared.method, declared.path)
            response = failure(error, request_id)
        account_id = caller.account_id if caller else None
        log_answered(declared.method, declared.path, response.status_code, account_id)
    return response


def _caller(declared: Operation, request: Request) -> "Principal | Holder | None":
    if declared.access is Access.PUBLIC:
        return None
    if declared.access is Access.DAEMON:
        return daemon_of(request)
    caller = caller_of(request)
    return in_person(caller) if declared.access is Access.IN_PERSON else caller


def _call(
    declared: Operation, request: Request, path: Mapping[str, str], caller: "Principal | Holder | None"
) -> Call[Any]:
    for name, text in path.items():
        if name in ID_KINDS and not is_id(ID_KINDS[name], text):
            raise NotFound("Nothing of this account has that id.")
    query: object = query_of(request, declared.query or NoQuery)
    key = idempotency_key_of(request) if declared.idempotent else None
    asked: object = query if declared.query else None
    if declared.body is not None:
        asked = body_of(request, declared.body)
    elif not declared.ignores_body:
        no_body(request)
    person, daemon = (caller, None) if isinstance(caller, Principal) else (None, caller)
    return Call(asked, path, key, person, client_of(request), cookies_of(request), daemon=daemon)
