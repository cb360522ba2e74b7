"""An OpenID provider on this machine in the place of Google: oidc-provider-mock, on a thread of this process.

It takes whoever types a subject; who they are is told it beforehand by `PUT /users/<subject>` with their claims. A
person is known by issuer and subject, so it comes back at the port that it had in the last run.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.engine import free_port, is_free

# Authlib, on which it stands, warns of modules that it is going to drop, whatever filters are set.
with warnings.catch_warnings(record=True):
    from oidc_provider_mock import User, run_server_in_thread

PEOPLE = (
    User(
        sub="researcher-at-google",
        claims={"email": "researcher@gmail.com", "email_verified": True, "name": "Researcher at Google"},
    ),
)


@contextmanager
def identity_provider(kept_in: Path | None = None) -> Iterator[str]:
    """Its issuer, while it runs. `kept_in` remembers the port."""
    for noisy in ("werkzeug", "oidc-provider-mock", "oidc_provider_mock"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    port = _port(kept_in)
    with run_server_in_thread(port, user_claims=PEOPLE):
        yield f"http://localhost:{port}"


def _port(kept_in: Path | None) -> int:
    if kept_in is None:
        return free_port()
    kept = int(kept_in.read_text()) if kept_in.exists() else 0
    port = kept if kept and is_free(kept) else free_port()
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    kept_in.write_text(str(port))
    return port
