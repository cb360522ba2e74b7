"""The API document, sent to whoever asks."""

from functools import cache

import msgspec
from chalice.app import Blueprint, Chalice

from chalicelib.api.answers import Document
from chalicelib.api.openapi import document_of
from chalicelib.api.view import Access, Call, operation

blueprint = Blueprint(__name__)


@operation(
    blueprint, "GET", "/api/openapi.json", answer=Document, access=Access.PUBLIC,
    summary="This document, in OpenAPI 3.1",
)
def get_document(call: Call[None]) -> Document:
    """Made from the same declarations that requests are checked against."""
    return _document(blueprint.current_app)


@cache
def _document(app: Chalice) -> Document:
    return Document(msgspec.json.encode(document_of(app.routes)).decode())
