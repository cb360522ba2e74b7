"""What every test may ask for: the engines, and tables of its own in them."""

import pytest

from tests.engines import (  # noqa: F401
    dynamodb_local_engine,
    ec2_aws,
    ec2_engine,
    ec2_ids,
    fresh_dynamodb_local_tables,
    fresh_tables,
    ministack_engine,
)


def pytest_configure(config: pytest.Config) -> None:
    """Tests that need Amazon's DynamoDB Local are run by `make test-dynamodb-local` and skipped otherwise."""
    config.addinivalue_line("markers", "dynamodb_local: needs Amazon's DynamoDB Local (and Java); DYNAMODB=local")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """A key that is made anew in each process is no name for a test: two processes would name it differently."""
    return argname if isinstance(val, str) and "AAAA" in val else None
