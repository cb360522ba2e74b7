"""The deployment's own secrets, in AWS Secrets Manager. Read at first use and kept for five minutes."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.clock import HOUR, MINUTE, Clock
from chalicelib.errors import Unavailable

KEPT_SECONDS = 5 * MINUTE
"""A rotation is known everywhere after that: the secret before it goes on counting until the next one."""
PAUSE_SECONDS = MINUTE
"""Until the next look after one that failed: not every request is to wait for an answer."""
LONGEST_KEPT_SECONDS = HOUR
"""What was read goes on counting so long while it can not be read anew."""
CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 3
_STAGES = ("AWSCURRENT", "AWSPREVIOUS")


class DeploymentSecret:
    """One secret by its ARN or name, in all versions that count."""

    def __init__(self, secret_id: str, region: str, clock: Clock) -> None:
        self._secret_id = secret_id
        self._region = region
        self._clock = clock
        self._kept: tuple[bytes, ...] = ()
        self._read_at = self._look_at = 0

    def __call__(self) -> tuple[bytes, ...]:
        """The secret and, after a rotation, the one before it. Raises Unavailable."""
        now = self._clock()
        if not self._kept or now >= self._look_at:
            self._look(now)
        return self._kept

    def _look(self, now: int) -> None:
        try:
            found = tuple(self._version(stage) for stage in _STAGES)
        except Unavailable:
            if not self._kept or now >= self._read_at + LONGEST_KEPT_SECONDS:
                self._kept = ()
                raise
            self._look_at = now + PAUSE_SECONDS
        else:
            self._kept = tuple(secret for secret in found if secret)
            self._read_at, self._look_at = now, now + KEPT_SECONDS

    @cached_property
    def _client(self) -> Any:
        config = Config(
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
            read_timeout=READ_TIMEOUT_SECONDS,
            retries={"mode": "standard", "total_max_attempts": 2},
        )
        return boto3.client("secretsmanager", region_name=self._region, config=config)

    def _version(self, stage: str) -> bytes | None:
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id, VersionStage=stage)
        except ClientError as error:
            if stage == _STAGES[1] and error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise Unavailable("The deployment's secret can not be read. Try again in a moment.") from error
        except BotoCoreError as error:
            raise Unavailable("The deployment's secret can not be read. Try again in a moment.") from error
        return str(answer["SecretString"]).encode()
