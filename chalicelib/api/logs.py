"""What the API writes down: ids, routes and names of errors. Bodies, addresses and credentials have no place in it."""

import traceback
from functools import cache

from aws_lambda_powertools.logging import Logger

from chalicelib import correlation


def log_answered(method: str, route: str, status: int, account_id: str | None) -> None:
    """One line for each request. The route is the pattern, so that no id of a path stands in it."""
    facts = {"method": method, "route": route, "status": status, "account_id": account_id}
    _logger().info("answered", extra={"correlation_id": correlation.current(), **facts})


def log_unforeseen(error: Exception, method: str, route: str) -> None:
    """An error that nobody foresaw: its kind and where it arose. What it says may hold what the caller sent."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    facts = {"error": type(error).__name__, "frames": frames, "method": method, "route": route}
    _logger().error("request_failed", extra={"correlation_id": correlation.current(), **facts})


@cache
def _logger() -> Logger:
    return Logger(service="api", log_record_order=["level", "message", "correlation_id"], utc=True)
