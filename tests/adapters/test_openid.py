"""What an OpenID provider signs is taken only if it signed it, for us, just now. The one here can misbehave."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from chalicelib.adapters.openid import OpenIdProvider, Registration
from chalicelib.clock import wall_clock
from chalicelib.errors import Invalid, NotFound, Unavailable

KEY = rsa.generate_private_key(65537, 2048)
OTHER_KEY = rsa.generate_private_key(65537, 2048)
CLIENT = "client-of-ours"
Answer = Callable[[str], tuple[int, Any]]


class Provider:
    """Answers what a test says. `answers` are by path; by default everything is in order."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked.append(self.path)
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, content = provider.answer(self.path)
                body = content if isinstance(content, bytes) else json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str) -> tuple[int, Any]:
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            names = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/keys"}
            return 200, {"issuer": self.issuer, **{name: self.issuer + each for name, each in names.items()}}
        if path == "/keys":
            return 200, {"keys": [{**RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": "one"}]}
        return 200, {"id_token": self.token()}

    def token(self, key: Any = KEY, algorithm: str = "RS256", kid: str | None = "one", **changed: object) -> str:
        now = wall_clock()
        claims: Mapping[str, object] = {
            "iss": self.issuer, "aud": CLIENT, "sub": "1", "iat": now, "exp": now + 3600, "nonce": "n",
            "email": "ada@gmail.com", "email_verified": True, **changed,
        }  # fmt: skip
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, key, algorithm, {"kid": kid} if kid else None)

    def gives(self, token: str) -> None:
        self.answers["/token"] = 200, {"id_token": token}


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


@pytest.fixture
def google(provider: Provider) -> OpenIdProvider:
    return OpenIdProvider(Registration(provider.issuer, CLIENT, "https://console/back"), lambda: (b"secret",))


def code_of(google: OpenIdProvider) -> str:
    with pytest.raises(Invalid) as refused:
        google.claims("code", "verifier")
    return refused.value.code


def test_what_it_signs_for_us_is_taken(google: OpenIdProvider, provider: Provider) -> None:
    claims = google.claims("code", "verifier")
    assert (claims.issuer, claims.subject, claims.email) == (provider.issuer, "1", "ada@gmail.com")
    assert claims.owns_mailbox


@pytest.mark.parametrize(
    ("email", "verified", "domain", "owns"),
    [
        ("ada@gmail.com", True, None, True),
        ("ada@gmail.com", False, None, False),
        ("ada@gmail.com", "true", None, False),
        ("ada@example.com", True, "example.com", True),
        ("ada@example.com", True, None, False),
        ("ada@gmail.com.example.com", True, None, False),
    ],
)
def test_its_word_proves_only_the_mailboxes_that_it_keeps(
    google: OpenIdProvider, provider: Provider, email: str, verified: object, domain: str | None, owns: bool
) -> None:
    provider.gives(provider.token(email=email, email_verified=verified, hd=domain))
    assert google.claims("code", "verifier").owns_mailbox is owns


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "somebody-else"},
        {"iss": "https://accounts.google.com.evil.example"},
        {"exp": 1_000},
        {"exp": None},
        {"sub": None},
        {"key": OTHER_KEY},
        {"kid": "two"},
        {"key": "a shared secret that is long enough", "algorithm": "HS256"},
        {"key": None, "algorithm": "none"},
    ],
    ids=["audience", "issuer", "expired", "no end", "nobody", "another key", "unknown key", "shared", "unsigned"],
)
def test_anything_else_is_not(google: OpenIdProvider, provider: Provider, changed: dict[str, Any]) -> None:
    provider.gives(provider.token(**changed))
    assert code_of(google) == "google_refused"


@pytest.mark.parametrize("answer", [(400, {"error": "invalid_grant"}), (401, {}), (200, {"id_token": "x.y.z"})])
def test_a_code_that_it_refuses_is_refused(google: OpenIdProvider, provider: Provider, answer: tuple[int, Any]) -> None:
    provider.answers["/token"] = answer
    assert code_of(google) == "google_refused"


@pytest.mark.parametrize(
    "answer", [(500, {}), (302, {}), (200, b"<html>"), (200, []), (200, b'"' + b"x" * 400_000 + b'"')],
    ids=["down", "elsewhere", "a page", "a list", "endless"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/token", "/keys", "/.well-known/openid-configuration"])
def test_one_that_is_down_or_wrong_loses_nothing(
    google: OpenIdProvider, provider: Provider, path: str, answer: tuple[int, Any]
) -> None:
    provider.answers[path] = answer
    with pytest.raises(Unavailable):
        google.claims("code", "verifier")
    del provider.answers[path]
    assert google.claims("code", "verifier").subject == "1"


def test_its_description_is_believed_only_of_itself(google: OpenIdProvider, provider: Provider) -> None:
    _, described = provider.answer("/.well-known/openid-configuration")
    for changed in ({"issuer": "https://evil.example"}, {"token_endpoint": "http://evil.example/token"}):
        provider.answers["/.well-known/openid-configuration"] = 200, {**described, **changed}
        with pytest.raises(Unavailable):
            google.claims("code", "verifier")


def test_a_key_that_is_new_is_fetched_and_others_are_kept(google: OpenIdProvider, provider: Provider) -> None:
    google.claims("code", "verifier")
    google.claims("code", "verifier")
    assert provider.asked.count("/keys") == 1
    provider.answers["/keys"] = 200, {"keys": [
        {**RSAAlgorithm.to_jwk(OTHER_KEY.public_key(), as_dict=True), "kid": "two"},
    ]}  # fmt: skip
    provider.gives(provider.token(key=OTHER_KEY, kid="two"))
    assert google.claims("code", "verifier").subject == "1"


def test_without_a_client_id_it_is_not_offered(provider: Provider) -> None:
    google = OpenIdProvider(Registration(provider.issuer, "", "https://console/back"), lambda: (b"",))
    with pytest.raises(NotFound):
        google.address("state", "nonce", "challenge")
