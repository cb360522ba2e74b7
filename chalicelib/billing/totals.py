"""What an account carries of its meters: sums, from which its line is told without reading one of them. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Totals:
    """What a meter adds to its account; the account carries the sum over its meters, always."""

    rate: int = 0
    """Price of the meters that run now."""
    hourly_need: int = 0
    """One hour of every live rental at its running price and of every active service."""
    restore_need: int = 0
    """One hour of what would be charged if everything were as its owner wishes."""
    resume_rate: int = 0
    """What runs again at the second of a restore; the rest waits until its server has been seen running."""
    live_rentals: int = 0
    active_services: int = 0
    ended_rest: int = 0
    """Units below a micro-dollar that the next close drops because their meters have ended."""

    def __add__(self, other: "Totals") -> "Totals":
        return self._combined(other, 1)

    def __sub__(self, other: "Totals") -> "Totals":
        return self._combined(other, -1)

    def _combined(self, other: "Totals", sign: int) -> "Totals":
        return Totals(
            rate=self.rate + sign * other.rate,
            hourly_need=self.hourly_need + sign * other.hourly_need,
            restore_need=self.restore_need + sign * other.restore_need,
            resume_rate=self.resume_rate + sign * other.resume_rate,
            live_rentals=self.live_rentals + sign * other.live_rentals,
            active_services=self.active_services + sign * other.active_services,
            ended_rest=self.ended_rest + sign * other.ended_rest,
        )

    @property
    def live(self) -> int:
        """Rentals and services that have not ended."""
        return self.live_rentals + self.active_services


@dataclass(frozen=True, slots=True)
class Lapse:
    """What the end of leases at one moment moves on their account: the sum over its meters, always."""

    meters: int = 0
    running: int = 0
    """Price of what stops then and runs now."""
    wished: int = 0
    """Price of what stops then, as its owner wishes it until then."""
    stopped: int = 0
    """What is charged for it afterwards."""

    def __add__(self, other: "Lapse") -> "Lapse":
        return self._combined(other, 1)

    def __sub__(self, other: "Lapse") -> "Lapse":
        return self._combined(other, -1)

    def _combined(self, other: "Lapse", sign: int) -> "Lapse":
        return Lapse(
            meters=self.meters + sign * other.meters,
            running=self.running + sign * other.running,
            wished=self.wished + sign * other.wished,
            stopped=self.stopped + sign * other.stopped,
        )
