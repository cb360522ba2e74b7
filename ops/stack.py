"""What a command works on: the running local stack or a CloudFormation stack in AWS, and an account in it."""

import argparse
import json
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.bootstrap import Services
from chalicelib.clock import Clock, wall_clock
from chalicelib.config import Config
from chalicelib.errors import Invalid
from chalicelib.ids import is_id

ROOT = Path(__file__).resolve().parent.parent
RUN_FILE = Path(os.environ.get("LOCAL_DIRECTORY", ROOT / ".local")) / "run.json"

_OUTPUTS = {
    "AccountsTableName": "ACCOUNTS_TABLE",
    "JournalTableName": "JOURNAL_TABLE",
    "NoticesTableName": "NOTICES_TABLE",
    "RentalsTableName": "RENTALS_TABLE",
    "IdentityTableName": "IDENTITY_TABLE",
    "SettleQueueUrl": "SETTLE_QUEUE_URL",
    "DriveQueueUrl": "DRIVE_QUEUE_URL",
}


class NoStack(Exception):
    """There is nothing to work on; the message says what to do."""


def parser(command: str, description: str) -> argparse.ArgumentParser:
    """A command's parser, with the choice of a deployment."""
    made = argparse.ArgumentParser(prog=f"python -m ops {command}", description=description)
    made.add_argument("--stack", default=os.environ.get("GPU_CLOUD_STACK"), help="a CloudFormation stack's name")
    return made


def add_account(options: argparse.ArgumentParser) -> None:
    """The argument ACCOUNT."""
    options.add_argument("account", help="an account's id or its user's e-mail address")


def account_of(services: Services, text: str) -> str:
    """The id of the account that is meant by an id or an e-mail address. Raises Invalid or NotFound."""
    if is_id("acct", text):
        return services.books_store.account(text).account_id
    if "@" not in text:
        raise Invalid(f"ACCOUNT is an account's id (acct_...) or an e-mail address, not {text!r}.", field="account")
    return services.users.of_email(text).account_id


def refused(failure: Exception) -> int:
    """Say why a command was refused, and answer its exit status."""
    print(str(failure) or type(failure).__name__, file=sys.stderr)
    return 1


def connect(stack: str | None) -> Services:
    """The services of a deployment, as its functions have them. Raises NoStack."""
    if stack:
        os.environ.update(_outputs(stack))
        return Services(Config.from_environment())
    if os.environ.get("ACCOUNTS_TABLE"):
        return Services(Config.from_environment())
    if not RUN_FILE.exists():
        raise NoStack("No local stack runs (make run), and no --stack names one in AWS.")
    run = json.loads(RUN_FILE.read_text())
    if not _answers(run["environment"]["AWS_ENDPOINT_URL_DYNAMODB"]):
        raise NoStack("The local stack was killed and runs no more. Start it again: make run")
    os.environ.update(run["environment"])
    return Services(Config.from_environment(), clock=_moved(run["clock_file"]))


def _answers(address: str) -> bool:
    parts = urlsplit(address)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5).close()
    except OSError:
        return False
    return True


def _moved(clock_file: str) -> Clock:
    """The local stack's clock: the wall clock and the offset that it keeps in a file."""

    def clock() -> int:
        file = Path(clock_file)
        return wall_clock() + (int(json.loads(file.read_text())["offset_seconds"]) if file.exists() else 0)

    return clock


def _outputs(stack: str) -> Mapping[str, str]:
    try:
        cloudformation = boto3.client("cloudformation")
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    except (BotoCoreError, ClientError) as error:
        raise NoStack(f"The stack {stack} can not be read: {error}") from error
    outputs = {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}
    parameters = {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])}
    # The region too: it may come from a profile, of which the adapters know nothing.
    return {variable: outputs[key] for key, variable in _OUTPUTS.items() if key in outputs} | {
        "STAGE": parameters.get("Stage", "prod"),
        "AWS_REGION": cloudformation.meta.region_name,
    }
