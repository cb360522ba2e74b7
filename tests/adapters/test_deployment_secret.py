"""The deployment's secrets, while Secrets Manager answers and while it does not. docs/operations.md."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.adapters.deployment_secret import KEPT_SECONDS, LONGEST_KEPT_SECONDS, PAUSE_SECONDS, DeploymentSecret
from chalicelib.errors import Unavailable

NOON = 1_772_374_509
TIMED_OUT = ReadTimeoutError(endpoint_url="https://secrets")


class Vault:
    """Secrets Manager, with what it is to answer for each version."""

    def __init__(self) -> None:
        self.versions: dict[str, str | Exception] = {"AWSCURRENT": "new"}
        self.asked = 0

    def get_secret_value(self, *, SecretId: str, VersionStage: str) -> dict[str, Any]:
        self.asked += 1
        missing = ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        found = self.versions.get(VersionStage, missing)
        if isinstance(found, Exception):
            raise found
        return {"SecretString": found}


class Desk:
    """A secret, its vault and a clock."""

    def __init__(self) -> None:
        self.now, self.vault = NOON, Vault()
        self.secret = DeploymentSecret("secret", "us-east-1", lambda: self.now)
        self.secret.__dict__["_client"] = self.vault


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_it_is_read_once_in_five_minutes(desk: Desk) -> None:
    assert desk.secret() == (b"new",)
    desk.vault.versions = {"AWSCURRENT": "newer", "AWSPREVIOUS": "new"}
    desk.now += KEPT_SECONDS - 1
    assert desk.secret() == (b"new",)
    desk.now += 1
    assert desk.secret() == (b"newer", b"new")


def test_what_was_read_goes_on_counting_while_nobody_answers(desk: Desk) -> None:
    """Daemons would fall silent, and every request would wait for an answer."""
    desk.secret()
    desk.vault.versions = {"AWSCURRENT": TIMED_OUT}
    desk.now += KEPT_SECONDS
    before = desk.vault.asked
    assert [desk.secret() for _ in range(50)] == [(b"new",)] * 50
    assert desk.vault.asked == before + 1
    desk.now += PAUSE_SECONDS
    desk.vault.versions = {"AWSCURRENT": "newer", "AWSPREVIOUS": "new"}
    assert desk.secret() == (b"newer", b"new")


def test_but_not_for_ever(desk: Desk) -> None:
    """Whoever takes a secret away means it."""
    desk.secret()
    desk.vault.versions = {"AWSCURRENT": ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue")}
    desk.now += LONGEST_KEPT_SECONDS - 1
    assert desk.secret() == (b"new",)
    desk.now += PAUSE_SECONDS
    with pytest.raises(Unavailable):
        desk.secret()


def test_without_any_there_is_none(desk: Desk) -> None:
    desk.vault.versions = {"AWSCURRENT": TIMED_OUT}
    with pytest.raises(Unavailable):
        desk.secret()
    desk.vault.versions = {"AWSCURRENT": "new", "AWSPREVIOUS": TIMED_OUT}
    with pytest.raises(Unavailable):
        desk.secret()
    desk.vault.versions = {"AWSCURRENT": "new"}
    assert desk.secret() == (b"new",)
