"""How a rental stands, what its owner wishes, and what people call it. Pure; docs/rules.md, "Servers are driven to what
they should be".

Apart from the rental, because the API declares these in its shapes, whether it looks at rentals or not.
"""

from enum import StrEnum


class Wish(StrEnum):
    """What its owner last asked for."""

    RUNNING = "running"
    STOPPED = "stopped"
    GONE = "gone"


class Status(StrEnum):
    """How a rental stands; exactly the keys that the command-line tool knows."""

    IN_QUEUE = "IN_QUEUE"
    CREATING = "CREATING"
    ONLINE = "ONLINE"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    STARTING = "STARTING"
    REBOOTING = "REBOOTING"
    TERMINATING = "TERMINATING"
    DELETED = "DELETED"
    RENTAL_ERROR = "RENTAL_ERROR"
    UNREACHABLE_DAEMON = "UNREACHABLE_DAEMON"


LABELS = {
    Status.IN_QUEUE: "In queue",
    Status.CREATING: "Creating",
    Status.ONLINE: "Online",
    Status.STOPPING: "Stopping",
    Status.STOPPED: "Stopped",
    Status.STARTING: "Starting",
    Status.REBOOTING: "Rebooting",
    Status.TERMINATING: "Terminating",
    Status.DELETED: "Deleted",
    Status.RENTAL_ERROR: "Rental error",
    Status.UNREACHABLE_DAEMON: "Unreachable daemon",
}
OFFLINE_LABEL = "Offline"
"""What a server halted with its suspended account is called; its key is STOPPED."""

OVER = frozenset({Status.RENTAL_ERROR, Status.TERMINATING, Status.DELETED})
"""A rental in one of these is no longer live."""
FINISHED = frozenset({Status.RENTAL_ERROR, Status.DELETED})
"""Nothing can change any more: only a rental in one of these is not looked at again."""
CHARGED_RUNNING = frozenset({Status.ONLINE, Status.REBOOTING})
"""Its server has been seen running since it was last asked to."""


def label(status: Status, *, account_active: bool) -> str:
    """The status as people read it."""
    if status is Status.STOPPED and not account_active:
        return OFFLINE_LABEL
    return LABELS[status]
