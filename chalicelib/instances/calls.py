"""Asking the provider for what a decision named, and noting what came of it on the rental's record."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from chalicelib.clock import Clock
from chalicelib.errors import LostRace, OutcomeUnknown, Unavailable
from chalicelib.instances.absence import refused
from chalicelib.instances.cloud_init import DaemonSetup
from chalicelib.instances.policy import Patience
from chalicelib.instances.provider import (
    LaunchOrder,
    NoCapacity,
    Provider,
    Refused,
    ServerNotFound,
    Throttled,
    WrongState,
)
from chalicelib.instances.rental import NO_CAPACITY, Rental
from chalicelib.instances.situation import Call, Step
from chalicelib.instances.store import RentalStore

_NOT_NOW = (ServerNotFound, WrongState, Throttled)
"""Refusals that say nothing about whether such a server is to be had."""
_UNNOTED = (LostRace, OutcomeUnknown, Unavailable)
"""The call or its note has no certain outcome, or the record has moved: the next look finds out."""

Setup = Callable[[Rental], DaemonSetup | None]
"""How a rental's server gets its daemon: for the same attempt always the same."""


def no_daemon(rental: Rental) -> None:
    """It gets none."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes the calls of a step whose record has been written."""

    provider: Provider
    store: RentalStore
    clock: Clock
    patience: Patience
    setup: Setup = no_daemon

    def make(self, step: Step) -> Rental:
        """Make each call, whatever became of the others. Answers the record as this driver knows it then."""
        rental = step.rental
        for call in step.calls:
            with suppress(Refused, *_UNNOTED):
                rental = self._make(call, rental, step)
        return rental

    def _make(self, call: Call, rental: Rental, step: Step) -> Rental:
        region, server_id = rental.offer.region, rental.server_id or ""
        match call:
            case Call.LAUNCH:
                return self._launch(rental, step)
            case Call.START:
                return self._start(rental)
            case Call.STOP | Call.FORCE_STOP:
                self.provider.stop(region, server_id, force=call is Call.FORCE_STOP)
            case Call.TERMINATE:
                self.provider.terminate(region, server_id)
            case Call.CLOSE_ACCESS:
                self.provider.close_access(region, server_id)
            case Call.OPEN_ACCESS:
                self.provider.open_access(region, server_id)
                return self._note(rental, replace(rental, access_open=True))
            case Call.REBOOT:
                self.provider.reboot(region, server_id)
                return self._note(rental, replace(rental, reboot_wanted=False))
        return rental

    def _launch(self, rental: Rental, step: Step) -> Rental:
        """The image is noted before the call: a launch that is repeated asks for the same."""
        try:
            if rental.image_id is None:
                image_id = self.provider.image(rental.offer.region)
                rental = self._note(rental, replace(rental, image_id=image_id))
            server = self.provider.launch(_order(rental, self.setup(rental)))
        except _NOT_NOW:
            raise
        except Refused as refusal:
            return self._queue(Call.LAUNCH, rental, refusal, step.unanswered_launch_at)
        soon = self.clock() + self.patience.soon
        launched = replace(rental, server_id=server.server_id, maybe_launched_at=None, look_at=soon)
        return self._note(rental, launched)

    def _start(self, rental: Rental) -> Rental:
        try:
            self.provider.start(rental.offer.region, rental.server_id or "")
        except _NOT_NOW:
            return self._note(rental, replace(rental, start_asked_at=None))
        except Refused as refusal:
            return self._queue(Call.START, rental, refusal, None)
        return rental

    def _queue(self, call: Call, rental: Rental, refusal: Refused, unanswered_launch_at: int | None) -> Rental:
        reason = NO_CAPACITY if isinstance(refusal, NoCapacity) else refusal.code
        queued = refused(rental, call, self.clock(), self.patience, reason, unanswered_launch_at)
        return self._note(rental, queued)

    def _note(self, before: Rental, after: Rental) -> Rental:
        """Write on the very record that the call was made for."""
        self.store.save(before, after)
        return replace(after, version=before.version + 1)


def _order(rental: Rental, daemon: DaemonSetup | None) -> LaunchOrder:
    keys = zip(rental.key_ids, rental.public_keys, strict=True)
    return LaunchOrder(
        token=f"{rental.rental_id}-{rental.attempt}",
        image_id=rental.image_id or "",
        account_id=rental.account_id,
        rental_id=rental.rental_id,
        name=rental.name,
        offer=rental.offer,
        public_keys=tuple(key for key_id, key in keys if key_id in rental.launched_key_ids),
        daemon=daemon,
    )
