"""The emptied local EC2, for the tests of what it does."""

from tests.local.servers import servers  # noqa: F401
