"""Bad requests over a socket: whatever is sent, an answer of the one shape comes back, and the server goes on."""

import http.client
import io
import json
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.api.bad_input import DOCUMENT
from tests.api.validated import JSON, Document
from tests.stack import Customer, Stack, started

JUDGE = Document(DOCUMENT)
KEYS, RENTALS = "/api/v1/keys", "/api/v1/rentals"
PATIENCE_SECONDS = 20


@dataclass(frozen=True)
class Received:
    """An answer as it came over the socket."""

    status: int
    headers: Mapping[str, str]
    json: Any

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])


@dataclass(frozen=True)
class Socket:
    """Somebody who writes what they like to the port, as a customer."""

    customer: Customer

    def send(self, raw: bytes) -> Received:
        """Write bytes, and read one answer. A connection that is dropped raises."""
        address = urlsplit(self.customer.stack.url)
        with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE_SECONDS) as connection:
            connection.sendall(raw)
            answer = http.client.HTTPResponse(connection, method="GET")
            answer.begin()
            return Received(answer.status, dict(answer.headers), json.loads(answer.read()))

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Received:
        """A request with the customer's token, its header lines as they are given."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {self.customer.token}"]
        given = {"Content-Type": JSON, "Content-Length": str(len(body))}
        given.update({name.replace("_", "-"): value for name, value in headers.items()})
        lines += [f"{name}: {value}" for name, value in given.items() if value]
        return self.send("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def refused(self, received: Received) -> Received:
        """A clean refusal: its status, type and shape, nothing smuggled in; and the next request is served."""
        assert 400 <= received.status < 500, received
        assert received.headers["Content-Type"] == JSON
        assert "X-Injected" not in received.headers
        JUDGE.check_schema({"$ref": "#/components/schemas/Refusal"}, received.json)
        assert self.request("GET", "/api/v1/balance").json["balance"] == "10.000000"
        return received


@pytest.fixture(scope="module")
def started_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="module")
def customer(started_stack: Stack) -> Customer:
    with started_stack.in_place() as stack:
        return stack.open("ada@example.com", "10.00")


@pytest.fixture
def wire(started_stack: Stack, customer: Customer) -> Iterator[Socket]:
    """Whatever it sends is refused: what the account has is compared afterwards."""
    with started_stack.in_place():
        wire = Socket(customer)
        yield wire
        for noun in ("keys", "rentals", "services"):
            assert wire.request("GET", f"/api/v1/{noun}").json["items"] == []
        assert len(wire.request("GET", "/api/v1/tokens").json["items"]) == 1


@pytest.mark.parametrize("megabytes", [0.1, 1.5, 20])
def test_a_huge_body_is_too_large(wire: Socket, megabytes: float) -> None:
    body = b'{"name": "' + b"a" * int(megabytes * 2**20) + b'"}'
    refused = wire.refused(wire.request("POST", KEYS, body))
    assert (refused.status, refused.code) == (413, "too_large")


def test_a_body_that_is_announced_too_large_is_refused_unread(wire: Socket) -> None:
    for length in ("99999999999", "9" * 5000):
        assert wire.refused(wire.request("POST", KEYS, Content_Length=length)).status == 413


@pytest.mark.parametrize("length", ["-1", "ten", "1.5", "0x10", "²", "+1", "1, 1"])
def test_a_length_that_is_none_is_refused(wire: Socket, length: str) -> None:
    refused = wire.refused(wire.request("POST", KEYS, b"{}", Content_Length=length))
    assert (refused.status, refused.code) == (400, "invalid")


def test_two_lengths_and_a_body_in_chunks_are_refused(wire: Socket) -> None:
    assert wire.refused(wire.request("POST", KEYS, b"{}", Content_Length="2\r\nContent-Length: 0")).status == 400
    chunked = wire.request("POST", KEYS, b"2\r\n{}\r\n0\r\n\r\n", Content_Length="", Transfer_Encoding="chunked")
    assert (wire.refused(chunked).status, chunked.code) == (411, "length_required")


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"", JSON, 400, "body_missing"),
        (b"{", JSON, 400, "malformed_json"),
        (b"[" * 60_000, JSON, 400, "malformed_json"),
        (b'{"name": "\xff\xfe"}', JSON, 400, "malformed_json"),
        (b"\x00\x01\x02", JSON, 400, "malformed_json"),
        (b"name=a", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "text/html", 415, "unsupported_media_type"),
        (b"{}", "é", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_body_that_is_no_json_is_refused(
    wire: Socket, body: bytes, content_type: str, status: int, code: str
) -> None:
    refused = wire.refused(wire.request("POST", KEYS, body, Content_Type=content_type))
    assert (refused.status, refused.code) == (status, code)


@pytest.mark.parametrize(
    "path",
    [
        f"{RENTALS}/rent%2F..%2F..%2Fkeys",
        f"{RENTALS}/%2e%2e%2f%2e%2e",
        f"{RENTALS}/../keys/x",
        f"{RENTALS}/%00",
        f"{RENTALS}/%zz",
        f"{RENTALS}/%ff%fe",
        f"{RENTALS}/rent_%0d%0aX-Injected:%201",
        f"{RENTALS}/é",
        f"{RENTALS}//",
        "/api/v1/%62alance",
        "/nothing",
        "/local/nothing",
        "http://[x/api/v1/balance",
        "*",
    ],
)
def test_an_address_at_which_nothing_is_is_not_found(wire: Socket, path: str) -> None:
    refused = wire.refused(wire.request("GET", path))
    assert (refused.status, refused.code) == (404, "not_found")


@pytest.mark.parametrize(
    "query", ["x=" + "a" * 30_000, "limit=%ff", "a=%0d%0aX-Injected:%201", "limit=1;cursor=x", "=", "é=é"]
)
def test_a_query_that_is_long_or_strange_is_refused(wire: Socket, query: str) -> None:
    assert wire.refused(wire.request("GET", f"{RENTALS}?{query}")).status == 400


def test_what_is_longer_than_anybody_reads_is_refused(wire: Socket) -> None:
    assert wire.refused(wire.request("GET", f"{RENTALS}?x=" + "a" * 200_000)).status == 414
    assert wire.refused(wire.request("GET", RENTALS, X_Long="a" * 200_000)).status == 431
    many = "".join(f"X-{number}: 1\r\n" for number in range(500))
    assert wire.refused(wire.request("GET", RENTALS, X_First=f"1\r\n{many}X-Last: 1")).status == 431


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "BREW", "TRACE", "CONNECT", "get", "PROPFIND"])
def test_a_method_that_is_not_taken_is_refused(wire: Socket, method: str) -> None:
    refused = wire.refused(wire.request(method, "/api/v1/balance"))
    assert (refused.status, refused.code) == (405, "method_not_allowed")


@pytest.mark.parametrize(
    "raw",
    [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET / FTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\r\n\r\n"],
    ids=repr,
)
def test_what_is_no_http_is_refused_or_the_connection_is_over(wire: Socket, raw: bytes) -> None:
    """Before a version is known there is no status line to send: what comes then is the JSON alone, or nothing."""
    address = urlsplit(wire.customer.stack.url)
    with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE_SECONDS) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b"<" not in said and not said.startswith(b"HTTP/1.1 5")
    assert wire.request("GET", "/api/v1/balance").status == 200


@pytest.mark.parametrize(
    "value", ["a\r\n folded", "a\x0bb", "é", "\xff", "", " ", "a" * 65, "a b", "1\r\nX-Injected: 1"]
)
def test_a_header_can_not_be_smuggled_into_an_answer(wire: Socket, value: str) -> None:
    body = json.dumps({"name": "a[b]", "offer_id": "off_none"}).encode()
    assert wire.refused(wire.request("POST", RENTALS, body, Idempotency_Key=value)).status == 400


def test_a_token_that_is_none_is_refused(wire: Socket) -> None:
    for token in ("Bearer é", "Bearer \x00", "Basic x", "Bearer " + "a" * 60_000, "bearer"):
        refused = wire.refused(wire.request("GET", "/api/v1/balance", Authorization=token))
        assert refused.status == 401


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 60_000, b"[]", b'{"advance_seconds": 1.5}', b'{"advance_seconds": -1}'], ids=len
)
def test_the_clock_is_not_moved_by_what_is_no_number(wire: Socket, body: bytes) -> None:
    assert wire.refused(wire.request("POST", "/local/clock", body)).status == 400


def test_noise_gets_a_clean_answer(wire: Socket) -> None:
    """Good requests with a few bytes changed: any answer will do that is no failure of ours."""
    chance = Random(5)
    head = f"POST {KEYS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {wire.customer.token}\r\nContent-Type: {JSON}\r\n"
    good = (head + 'Content-Length: 14\r\n\r\n{"name": "[a"}').encode()
    address = urlsplit(wire.customer.stack.url)
    for _ in range(200):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        with socket.create_connection((address.hostname or "", address.port or 0), PATIENCE_SECONDS) as connection:
            connection.sendall(bytes(raw))
            connection.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert not said.startswith(b"HTTP/1.1 5"), bytes(raw)
        status, _, rest = said.partition(b"\r\n")
        if status.startswith(b"HTTP/1.1 "):
            parsed = http.client.parse_headers(io.BytesIO(rest))
            assert parsed["Content-Type"] in (JSON, "text/html; charset=utf-8"), bytes(raw)
