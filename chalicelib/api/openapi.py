"""The API document, OpenAPI 3.1, made from the routes and what each was declared as: nothing in it is written twice."""

from collections.abc import Iterable, Mapping
from types import NoneType
from typing import Any

import msgspec
from chalice.app import RouteEntry

from chalicelib.api.answers import CSV, JSON, PLAIN, REQUEST_ID, CsvFile, Document, TextFile
from chalicelib.api.cookies import SESSION
from chalicelib.api.decoding import IDEMPOTENCY_KEY, LONGEST_BODY, LONGEST_IDEMPOTENCY_KEY
from chalicelib.api.errors import INTERNAL_STATUS, STATUSES
from chalicelib.api.shapes import Refusal
from chalicelib.api.view import ID_KINDS, Access, Operation, operation_of
from chalicelib.errors import Forbidden, NotFound, TooLarge, TooManyRequests, Unauthenticated, Unavailable

Schema = dict[str, Any]
Routes = Mapping[str, Mapping[str, RouteEntry]]

_REFERENCE = "#/components/schemas/{name}"
_TEXT = {"type": "string"}
_WITHOUT_SCHEMA = (CsvFile, Document, TextFile, NoneType)


def document_of(routes: Routes) -> Schema:
    """The document of all routes of an app. Raises TypeError for a route that was not declared as an operation."""
    operations = [operation_of(entry.view_function) for methods in routes.values() for entry in methods.values()]
    schemas, components = _schemas(operations)
    paths: dict[str, Schema] = {}
    for declared in sorted(operations, key=lambda one: (one.path, one.method)):
        paths.setdefault(declared.path, {})[declared.method.lower()] = _operation(declared, schemas)
    return _plainly_named(_document(paths, components, schemas[Refusal]))


def _document(paths: Schema, components: Schema, refusal: Schema) -> Schema:
    return {
        "openapi": "3.1.0",
        "info": {"title": "GPU cloud: account and billing", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": "/"}],
        "security": _SECURITY[Access.ACCOUNT],
        "paths": paths,
        "components": {
            "schemas": components,
            "responses": _error_responses(refusal),
            "headers": {"RequestId": {"description": "names this request in our logs", "schema": _TEXT}},
            "securitySchemes": {
                "token": {
                    "type": "http", "scheme": "bearer", "description": "an API token, shown once when it is made",
                },
                "daemon": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "a daemon's token, shown once when its server is registered",
                },
                "session": {
                    "type": "apiKey", "in": "cookie", "name": SESSION,
                    "description": "a session; what changes something also needs the header X-Console: 1 and has to "
                    "come from the console's own pages",
                },
            },
        },
    }


def _plainly_named(document: Schema) -> Schema:
    """What msgspec names by its module, because two shapes have one name: ...account.Status is AccountStatus."""
    schemas = document["components"]["schemas"]
    text = msgspec.json.encode(document).decode()
    for name in filter(lambda name: "." in name, schemas):
        module, _, own = name.rpartition(".")
        plain = module.rpartition(".")[2].title().replace("_", "") + own
        text = text.replace(f'"#/components/schemas/{name}"', f'"#/components/schemas/{plain}"')
        text = text.replace(f'"{name}":', f'"{plain}":')
    named: Schema = msgspec.json.decode(text)
    return named


_DESCRIPTION = f"""\
Amounts are decimal strings with six decimals. Moments are seconds in UTC, in ISO 8601. Lists that can be long come in
pages: send the `next_cursor` of one page as `cursor` to get the next. A body is JSON of at most {LONGEST_BODY} bytes;
what it names beyond its schema is refused. Every answer that is no success has the schema `Refusal`; its `code` is
stable. `503` means that nothing was changed and that the same request may be sent again."""


def _schemas(operations: Iterable[Operation]) -> tuple[dict[type, Schema], Schema]:
    """The reference of every shape, and the components that they refer to. Those of queries are parameters instead."""
    shapes: dict[type, None] = {Refusal: None}
    for declared in operations:
        if declared.answer not in _WITHOUT_SCHEMA:
            shapes[declared.answer] = None
        if declared.body is not None:
            shapes[declared.body] = None
    references, components = msgspec.json.schema_components(shapes, ref_template=_REFERENCE)
    return dict(zip(shapes, references, strict=True)), components


def _operation(declared: Operation, schemas: Mapping[type, Schema]) -> Schema:
    described: Schema = {
        "operationId": declared.name,
        "summary": declared.summary,
        "description": declared.description,
        "tags": [_tag(declared.path)],
        "parameters": [*_path_parameters(declared), *_query_parameters(declared), *_header_parameters(declared)],
        "responses": _responses(declared, schemas),
    }
    described["security"] = _SECURITY[declared.access]
    if declared.body is not None:
        content = {"schema": schemas[declared.body], "example": _example(declared.body)}
        described["requestBody"] = {"required": True, "content": {JSON: content}}
    return described


def _tag(path: str) -> str:
    """The noun of a path: what follows its version, else its last part."""
    parts = path.strip("/").split("/")
    versions = [place for place, part in enumerate(parts) if part[:1] == "v" and part[1:].isdigit()]
    return parts[versions[0] + 1].partition(".")[0] if versions else parts[-1].partition(".")[0]


def _path_parameters(declared: Operation) -> list[Schema]:
    names = [part[1:-1] for part in declared.path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": _path_schema(name)} for name in names]


def _path_schema(name: str) -> Schema:
    kind = ID_KINDS.get(name)
    return {"type": "string", "pattern": f"^{kind}_[0-9a-hjkmnp-tv-z]{{20}}$"} if kind else _TEXT


def _query_parameters(declared: Operation) -> list[Schema]:
    if declared.query is None:
        return []
    schema, components = _inline(declared.query)
    return [
        {
            "name": name,
            "in": "query",
            "required": name in schema["required"],
            "schema": _dereferenced(of, components),
            **({"description": of["description"]} if "description" in of else {}),
        }
        for name, of in schema["properties"].items()
    ]


def _inline(shape: type) -> tuple[Schema, Schema]:
    (reference,), components = msgspec.json.schema_components([shape], ref_template=_REFERENCE)
    return _dereferenced(reference, components), components


def _dereferenced(schema: Schema, components: Schema) -> Schema:
    name = schema.get("$ref", "").rpartition("/")[2]
    return {**components[name], **{key: schema[key] for key in schema if key != "$ref"}} if name else schema


def _header_parameters(declared: Operation) -> list[Schema]:
    if not declared.idempotent:
        return []
    description = (
        "Makes it safe to send the request again: with the same key and the same body, the answer is what the first "
        "request made. With another body it is refused. Keys are kept for a week."
    )
    schema = {"type": "string", "pattern": f"^[!-~]{{1,{LONGEST_IDEMPOTENCY_KEY}}}$", "examples": ["9f1c-first-try"]}
    return [
        {"name": IDEMPOTENCY_KEY, "in": "header", "required": False, "description": description, "schema": schema}
    ]


def _responses(declared: Operation, schemas: Mapping[type, Schema]) -> Schema:
    errors = {str(status): {"$ref": f"#/components/responses/{_name(status)}"} for status in statuses_of(declared)}
    if declared.answer is NoneType:
        return errors
    success = {
        "description": (declared.answer.__doc__ or declared.summary).partition("\n")[0],
        "headers": {REQUEST_ID: {"$ref": "#/components/headers/RequestId"}},
        "content": _content(declared.answer, schemas),
    }
    return {str(declared.status): success, **errors}


def _content(answer: type, schemas: Mapping[type, Schema]) -> Schema:
    for file, media_type in ((CsvFile, CSV), (TextFile, PLAIN)):
        if answer is file:
            return {media_type.partition(";")[0]: {"schema": _TEXT}}
    return {JSON: {} if answer is Document else {"schema": schemas[answer]}}


def statuses_of(declared: Operation) -> list[int]:
    """The statuses of every error that an operation can answer with."""
    statuses = {400, STATUSES[TooLarge], INTERNAL_STATUS, *(STATUSES[refusal] for refusal in declared.refusals)}
    if declared.access is not Access.PUBLIC:
        statuses |= {STATUSES[Unauthenticated], STATUSES[Forbidden], STATUSES[Unavailable]}
    if any(f"{{{name}}}" in declared.path for name in ID_KINDS):
        statuses.add(STATUSES[NotFound])
    if declared.body is not None:
        statuses.add(415)
    return sorted(statuses)


_SECURITY: Mapping[Access, list[Schema]] = {
    Access.PUBLIC: [],
    Access.ACCOUNT: [{"token": []}, {"session": []}],
    Access.IN_PERSON: [{"session": []}],
    Access.DAEMON: [{"daemon": []}],
}

_MEANINGS: Mapping[int, tuple[str, str]] = {
    INTERNAL_STATUS: ("Internal", "Something went wrong on our side."),
    **{status: (error.__name__, error.__doc__ or "") for error, status in reversed(list(STATUSES.items()))},
}
"""What each status means: the name and the first words of the error that it stands for."""


def _name(status: int) -> str:
    return _MEANINGS[status][0]


def _error_responses(refusal: Schema) -> Schema:
    return {
        name: {
            "description": meaning.partition("\n")[0],
            "headers": {REQUEST_ID: {"$ref": "#/components/headers/RequestId"}, **_ERROR_HEADERS.get(status, {})},
            "content": {JSON: {"schema": refusal}},
        }
        for status, (name, meaning) in sorted(_MEANINGS.items())
    }


_ERROR_HEADERS: Mapping[int, Schema] = {
    STATUSES[Unauthenticated]: {"WWW-Authenticate": {"schema": _TEXT}},
    STATUSES[TooManyRequests]: {"Retry-After": {"description": "seconds to wait", "schema": _TEXT}},
    STATUSES[Unavailable]: {"Retry-After": {"description": "seconds to wait", "schema": _TEXT}},
}


def _example(body: type) -> Schema:
    """A body made of the first example, or the first possible value, of each field that must be there."""
    schema, components = _inline(body)
    fields = {name: _dereferenced(schema["properties"][name], components) for name in schema["required"]}
    values = {name: _possible(of) for name, of in fields.items()}
    return {name: value[0] for name, value in values.items() if value}


def _possible(of: Schema) -> list[Any] | None:
    """Examples of a field, or its possible values; of one that may be null, those of what else it may be."""
    plain: Schema = of["anyOf"][0] if "anyOf" in of else of
    return plain.get("examples") or plain.get("enum")
