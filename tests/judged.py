"""A gateway on this machine that trusts no answer: each is checked against the API's own document."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jsonschema import ValidationError

from local.gateway import Gateway, HttpAnswer
from tests.api.validated import Document

FROM = "x-test-comes-from"
"""The header by which a test comes from another address than all others."""


class JudgedGateway(Gateway):
    """Passes answers on as they are, and keeps what was wrong with them for `raise_if_wrong`."""

    wrong: tuple[str, ...] = ()

    def handle(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """One request, whose answer has to be one that the document promises."""
        answer = super().handle(method, path, headers, body)
        try:
            self._check(method, path, answer)
        except (AssertionError, ValidationError) as error:
            self.wrong = (*self.wrong, f"{method} {path} answered {answer.status}: {error}")
        return answer

    def client_address(self, headers: Mapping[str, str]) -> str:
        """Where a test says that it comes from."""
        return headers.get(FROM) or super().client_address(headers)

    def raise_if_wrong(self) -> None:
        """Fail with everything that was wrong since the last time."""
        wrong, self.wrong = self.wrong, ()
        assert not wrong, "\n\n".join(wrong)

    def _check(self, method: str, path: str, answer: HttpAnswer) -> None:
        text = answer.body.decode()
        if self._document.operation(method, path) is None and answer.status == 404:
            # The gateway's own answer: no function was asked.
            self._document.check_schema({"$ref": "#/components/schemas/Refusal"}, json.loads(text))
            return
        self._document.check(method, path, answer.status, dict(answer.headers), text)

    @cached_property
    def _document(self) -> Document:
        asked: dict[str, Any] = json.loads(super().handle("GET", "/api/openapi.json", {}, b"").body)
        return Document(asked)
