"""Sentences about requests that do not fit their shape: which field, and what it must be. Values are never repeated."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.errors import Invalid

_LONGEST_NAME = 64
_MISSING = "Object missing required field `"
_UNKNOWN = "Object contains unknown field `"
_WHERE = " - at `$"

Schema = Mapping[str, Any]


def refused(error: msgspec.ValidationError, shape: type) -> Invalid:
    """The refusal of a request that msgspec could not convert into the shape."""
    text, _, where = str(error).partition(_WHERE)
    path = _dotted(where)
    name = text.partition("`")[2].removesuffix("`")
    if text.startswith(_UNKNOWN):
        field = _joined(path, _plain(name))
        return Invalid(f'"{field}" is not known here. Leave it out.', code="unknown_field", field=field)
    if text.startswith(_MISSING):
        field = _joined(path, name)
        return Invalid(f'"{field}" is missing: it must be {_wanted(shape, field)}.', code="missing_field", field=field)
    if not path:
        return Invalid("The body must be a JSON object.", code="malformed_json")
    return Invalid(f'"{path}" must be {_wanted(shape, path)}.', code="invalid_field", field=path)


def _dotted(where: str) -> str:
    """.key_ids[0]` as key_ids.0"""
    return _plain(re.sub(r"\[(\w+|\.\.\.)\]", r".\1", where.removesuffix("`")).removeprefix("."))


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _plain(name: str) -> str:
    """A name that the caller chose, fit to be shown: short, and nothing but visible ASCII."""
    return "".join(character if "!" <= character <= "~" else "?" for character in name[:_LONGEST_NAME])


def _wanted(shape: type, path: str) -> str:
    schema: Schema
    (schema,), components = msgspec.json.schema_components([shape])
    for step in path.split("."):
        schema = _inside(_resolved(schema, components), step)
    return describe(_resolved(schema, components))


def _inside(schema: Schema, step: str) -> Schema:
    found: Schema = schema.get("properties", {}).get(step) or schema.get("items") or {}
    return found


def _resolved(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    """The schema behind a reference, and of alternatives the one that is not null."""
    for option in schema.get("anyOf", ()):
        if option.get("type") != "null":
            return {**_resolved(option, components), **_described(schema)}
    name = schema.get("$ref", "").rpartition("/")[2]
    return {**components[name], **_described(schema)} if name else schema


def _described(schema: Schema) -> Schema:
    return {"description": schema["description"]} if "description" in schema else {}


def describe(schema: Schema) -> str:
    """What a value has to be, in words that follow "it must be"."""
    if "enum" in schema:
        return "one of " + ", ".join(str(value) for value in schema["enum"])
    kind = str(schema.get("type", ""))
    phrase = _KINDS.get(kind, "something else") + _bounds(schema, *_LIMITS.get(kind, ("", "", ""))) + _form(schema)
    described = kind in ("string", "integer") and "description" in schema
    return f"{phrase}: {schema['description']}" if described else phrase


def _form(schema: Schema) -> str:
    """Of what has a form of its own, such as an id, the example: a pattern says little to a person."""
    example = next(iter(schema.get("examples", ())), None) if "pattern" in schema else None
    return f" such as {example}" if example else ""


_KINDS = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}
_LIMITS = {
    "string": ("minLength", "maxLength", " characters"),
    "integer": ("minimum", "maximum", ""),
    "array": ("minItems", "maxItems", " items"),
}


def _bounds(schema: Schema, least_key: str, most_key: str, what: str) -> str:
    least, most = schema.get(least_key), schema.get(most_key)
    joint = " from" if not what else " of"
    if least is not None and most is not None:
        return f"{joint} {least} to {most}{what}"
    if most is not None:
        return f"{joint} at most {most}{what}"
    return f"{joint} at least {least}{what}" if least is not None else ""
