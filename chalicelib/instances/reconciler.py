"""What to do about a rental, told from its record, its account and what the provider says. Pure.

docs/rules.md, "Servers are driven to what they should be". A decision names the record as it should be written
first, and the calls to make after; whoever dies in between finds the same decision again.
"""

from dataclasses import replace

from chalicelib.instances.absence import refused, without_server
from chalicelib.instances.policy import Patience
from chalicelib.instances.presence import with_server
from chalicelib.instances.provider import GONE
from chalicelib.instances.rental import Rental
from chalicelib.instances.situation import Call, Situation, Step
from chalicelib.instances.status import FINISHED, Wish

__all__ = ["Call", "Situation", "Step", "decide", "refused", "target_of"]


def target_of(rental: Rental, *, account_active: bool, meter_live: bool) -> Wish:
    """What a rental's server should be."""
    if not meter_live or rental.wish is Wish.GONE:
        return Wish.GONE
    return rental.wish if account_active else Wish.STOPPED


def decide(situation: Situation, patience: Patience) -> Step:
    """The next step towards what the rental should be."""
    rental, server = situation.rental, situation.server
    if server is None or server.state in GONE:
        if rental.status in FINISHED:
            return Step(replace(rental, look_at=None))
        return without_server(situation, patience)
    known = replace(rental, server_id=server.server_id, maybe_launched_at=None, missing_since=None)
    return with_server(replace(situation, rental=known), server, patience)
