"""The ready account of the local stack, opened and funded as an operator would."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from chalicelib.accounts.credentials import Credentials
from chalicelib.bootstrap import Services
from chalicelib.money import USD

EMAIL = "researcher@example.com"
FUNDS = "120.00"
"""A T4 for eight days: enough to see each notice come."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Who a newcomer is on this machine."""

    email: str
    token: str
    password: str | None = None
    """None of an account that an older version opened."""


def _key_pair(private: Path) -> str:
    """A new key pair: the private half in a file, the public half as one line."""
    key = ed25519.Ed25519PrivateKey.generate()
    form = serialization.PrivateFormat.OpenSSH
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    private.chmod(0o600)
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.decode()


def ready_account(services: Services, file: Path) -> Ready:
    """The account of the last run, or a new one with some money on it."""
    if file.exists():
        kept = json.loads(file.read_text())
        return Ready(kept["email"], kept["token"], kept.get("password"))
    opened = services.opening.prepare(EMAIL, services.clock(), verified=True, name="Researcher")
    user, account_id = opened.user, opened.user.account_id
    password = secrets.token_urlsafe(12)
    credentials = Credentials(user.user_id, password_hash=services.hasher.hash(password))
    writes = [*opened.writes, *services.credentials_store.replacing(None, credentials)]
    services.line_opening.open(account_id, user.user_id, USD, writes, verified=user.email_verified)
    services.adjustments.adjust(account_id, USD.parse(FUNDS), "Welcome to the local stack", "local-welcome")
    services.keys.add(account_id, _key_pair(file.with_name("researcher-key")), "local key", services.clock())
    ready = Ready(EMAIL, opened.token.secret, password)
    file.write_text(json.dumps({"email": ready.email, "token": ready.token, "password": ready.password}))
    file.chmod(0o600)
    return ready
