"""What an operator configures of renting: where servers are launched, and how long to wait for them.

Apart from what uses it, because configuration is read in every function, and most of them rent nothing.
"""

from typing import NamedTuple

from chalicelib.clock import MINUTE


class Placement(NamedTuple):
    """Where and how servers are launched in the region of the deployment."""

    image_parameter: str
    """The SSM parameter that holds the image's id."""
    subnet_id: str
    open_group_id: str
    """The security group of a server that its owner may reach."""
    closed_group_id: str
    """The security group that lets nothing in."""


class Patience(NamedTuple):
    """How long to wait for a provider, in seconds. Configuration."""

    soon: int = 10
    """Between looks at something that is changing."""
    steady: int = 5 * MINUTE
    """Between looks at something that is as it should be."""
    retry: int = MINUTE
    """After a first refusal; doubled for each one in a row up to `longest_retry`."""
    longest_retry: int = 10 * MINUTE
    give_up_launch: int = 30 * MINUTE
    """A first launch that has not succeeded by then has failed."""
    force_stop: int = 10 * MINUTE
    """A server still stopping after this is stopped by force."""
    unseen: int = 10 * MINUTE
    """How long a server may be unknown to the provider, or a launch unseen, before it counts as gone."""
    heartbeat: int = MINUTE
    """Between two heartbeats of a daemon."""
    silent: int = 3 * MINUTE
    """A daemon that has not been heard for longer than this is unreachable."""

    def after_refusals(self, refusals: int) -> int:
        """How long to wait before something that was refused so many times before is tried again."""
        return min(self.longest_retry, self.retry << min(refusals, 16))
