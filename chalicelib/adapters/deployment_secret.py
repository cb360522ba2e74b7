"""The deployment's own secrets, in AWS Secrets Manager. Read at first use and kept for five minutes."""

from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.clock import MINUTE, Clock
from chalicelib.errors import Unavailable

KEPT_SECONDS = 5 * MINUTE
"""A rotation is known everywhere after that: the secret before it goes on counting until the next one."""
CONNECT_TIMEOUT_SECONDS = 2
READ_TIMEOUT_SECONDS = 3
_STAGES = ("AWSCURRENT", "AWSPREVIOUS")


class DeploymentSecret:
    """One secret by its ARN or name, in all versions that count."""

    def __init__(self, secret_id: str, region: str, clock: Clock) -> None:
        self._secret_id = secret_id
        self._region = region
        self._clock = clock
        self._kept: tuple[int, tuple[bytes, ...]] | None = None

    def __call__(self) -> tuple[bytes, ...]:
        """The secret and, after a rotation, the one before it. Raises Unavailable."""
        now = self._clock()
        if self._kept is None or now >= self._kept[0] + KEPT_SECONDS:
            found = (self._version(stage) for stage in _STAGES)
            self._kept = now, tuple(secret for secret in found if secret)
        return self._kept[1]

    @cached_property
    def _client(self) -> Any:
        config = Config(connect_timeout=CONNECT_TIMEOUT_SECONDS, read_timeout=READ_TIMEOUT_SECONDS)
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
