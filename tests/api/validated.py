"""A client that trusts no answer: each is checked against the API document, the one shape of errors and the headers."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chalice.app import Chalice
from chalice.config import Config
from chalice.local import LocalGateway
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

JSON = "application/json"
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
_BASE = "urn:api-document"


@dataclass(frozen=True)
class Answer:
    """An answer that has passed every check."""

    status: int
    headers: Mapping[str, str]
    text: str

    @cached_property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def code(self) -> str:
        """The code of an error."""
        return str(self.json["error"]["code"])

    @property
    def field(self) -> str | None:
        """The field of an error."""
        field: str | None = self.json["error"]["field"]
        return field


class Document:
    """An API document as a judge of answers. For any front: in this process, over a socket, behind a gateway."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        resource = DRAFT202012.create_resource(dict(document))
        self._registry: Registry[Any] = Registry().with_resource(_BASE, resource)

    def operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        """What the document says of a request, or None where it knows no such operation."""
        if not method.isupper():
            return None
        plain = path.partition("?")[0]
        for template in sorted(self.document["paths"]):
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, plain):
                found: Mapping[str, Any] | None = self.document["paths"][template].get(method.lower())
                return found
        return None

    def check(self, method: str, path: str, status: int, headers: Mapping[str, str], text: str) -> None:
        """Fail unless the answer is one that the document promises for this request."""
        for name, value in HEADERS.items():
            assert headers.get(name) == value, f"{method} {path}: {name}"
        assert headers.get("X-Request-Id")
        operation = self.operation(method, path)
        if operation is None:
            assert status in (404, 405), f"{method} {path} is not documented and answered {status}"
            self.check_schema({"$ref": "#/components/schemas/Refusal"}, json.loads(text))
            return
        described = self._resolved(operation["responses"].get(str(status)))
        assert described, f"{method} {path} answered {status}, which is not documented: {text}"
        (media_type, content), = described["content"].items()
        sent = headers["Content-Type"]
        assert sent == JSON if media_type == JSON else sent.startswith(media_type), f"{method} {path}: {sent}"
        if "schema" in content:
            self.check_schema(content["schema"], json.loads(text) if media_type == JSON else text)

    def _resolved(self, described: Any) -> Any:
        if not described or "$ref" not in described:
            return described
        return self.document["components"]["responses"][described["$ref"].rpartition("/")[2]]

    def check_schema(self, schema: Mapping[str, Any], value: Any) -> None:
        """Fail unless a value fits a schema of the document."""
        absolute = json.loads(json.dumps(schema).replace('"#/', f'"{_BASE}#/'))
        Draft202012Validator(absolute, registry=self._registry).validate(value)


class Client:
    """Sends requests to the app through Chalice's own gateway, as this caller."""

    def __init__(self, app: Chalice, token: str | None = None) -> None:
        self.app = app
        self.token = token
        self._gateway = LocalGateway(app, Config())
        self.judge: Document | None = None

    def as_caller(self, token: str | None) -> "Client":
        """The same app for another caller."""
        other = Client(self.app, token)
        other.judge = self.judge
        return other

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, b"", headers)

    def delete(self, path: str) -> Answer:
        return self.send("DELETE", path, b"", {})

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """Post a value as JSON; None posts nothing. Underscores in names of headers become hyphens."""
        raw = b"" if body is None else json.dumps(body).encode()
        return self.send("POST", path, raw, {"content-type": JSON, **headers})

    def put(self, path: str, body: Any) -> Answer:
        """Put a value as JSON."""
        return self.send("PUT", path, json.dumps(body).encode(), {"content-type": JSON})

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send a request as it is, and check the answer."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("authorization", f"Bearer {self.token}")
        raw = self._gateway.handle_request(method, path, sent, body)
        answer = Answer(raw["statusCode"], raw["headers"], raw["body"])
        self._judge().check(method, path, answer.status, answer.headers, answer.text)
        return answer

    def _judge(self) -> Document:
        if self.judge is None:
            raw = self._gateway.handle_request("GET", "/api/openapi.json", {}, b"")
            self.judge = Document(json.loads(raw["body"]))
        return self.judge
