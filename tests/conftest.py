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
    why_no_dynamodb_local,
)

# Modules of tests that other modules run: what they state is explained like any test's when it fails.
pytest.register_assert_rewrite(
    "tests.billing.store_contract",
    "tests.instances.machine_contract",
    "tests.instances.store_contract",
    "tests.notices.store_contract",
    "tests.races.races",
    "tests.races.troubles",
)


def pytest_configure(config: pytest.Config) -> None:
    """Tests that `make test` leaves to targets of their own."""
    config.addinivalue_line("markers", "dynamodb_local: needs Amazon's DynamoDB Local (and Java); DYNAMODB=local")
    config.addinivalue_line("markers", "slow: takes minutes; `make test-slow` runs it")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Here rather than in the fixture, so that one line of the summary stands for all of them."""
    reason = why_no_dynamodb_local() if item.get_closest_marker("dynamodb_local") else ""
    if reason:
        pytest.skip(reason)


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """A key that is made anew in each process is no name for a test: two processes would name it differently."""
    return argname if isinstance(val, str | list | dict) and "AAAA" in str(val) else None
