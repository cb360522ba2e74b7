"""Configuration: frozen, typed, and the only reader of the environment."""

import os
from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.billing.policy import Policy
from chalicelib.instances.policy import Patience, Placement


class Tables(NamedTuple):
    """Names of the DynamoDB tables."""

    accounts: str
    journal: str
    notices: str
    rentals: str
    identity: str
    machines: str


class Config(NamedTuple):
    """What a deployment decides. Missing values are empty: a function reads only what it uses."""

    stage: str
    region: str
    tables: Tables
    settle_queue_url: str
    drive_queue_url: str
    mail_sender: str
    console_url: str
    api_url: str
    """Where daemons reach the API. Without it none is installed."""
    signing_secret: str
    """The id in Secrets Manager of what links, daemons' tokens and second factors are signed and sealed with."""
    google_issuer: str
    google_client_id: str
    """Empty: signing in with Google is not offered."""
    google_secret: str
    """The id in Secrets Manager of the client secret that Google gave."""
    placement: Placement
    policy: Policy = Policy()
    patience: Patience = Patience()
    vanish_limit: int = 3
    """More servers than this gone in one pass: nothing is closed, and an alarm is raised."""
    orphan_seconds: int = 3600
    """A server of ours that nobody rents is stopped when it is older than this."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Config":
        """Read the variables that `.chalice/resources.yaml` gives to functions."""
        values = os.environ if environment is None else environment

        def value(name: str) -> str:
            return values.get(name, "")

        return cls(
            stage=values.get("STAGE", "local"),
            region=values.get("AWS_REGION") or values.get("AWS_DEFAULT_REGION", "us-east-1"),
            tables=Tables(
                accounts=value("ACCOUNTS_TABLE"),
                journal=value("JOURNAL_TABLE"),
                notices=value("NOTICES_TABLE"),
                rentals=value("RENTALS_TABLE"),
                identity=value("IDENTITY_TABLE"),
                machines=value("MACHINES_TABLE"),
            ),
            settle_queue_url=value("SETTLE_QUEUE_URL"),
            drive_queue_url=value("DRIVE_QUEUE_URL"),
            mail_sender=value("MAIL_SENDER"),
            signing_secret=value("SIGNING_SECRET"),
            google_issuer=value("GOOGLE_ISSUER"),
            google_client_id=value("GOOGLE_CLIENT_ID"),
            google_secret=value("GOOGLE_SECRET"),
            console_url=values.get("CONSOLE_URL", "http://127.0.0.1:8000"),
            api_url=value("API_URL"),
            placement=Placement(
                image_parameter=value("SERVER_IMAGE_PARAMETER"),
                subnet_id=value("SERVER_SUBNET_ID"),
                open_group_id=value("SERVER_OPEN_GROUP_ID"),
                closed_group_id=value("SERVER_CLOSED_GROUP_ID"),
            ),
        )
