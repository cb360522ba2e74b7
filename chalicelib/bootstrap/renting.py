"""Services about servers."""

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.recovery import RecoveryServices

if TYPE_CHECKING:
    from chalicelib.accounts.closing import Closing
    from chalicelib.adapters.daemon_tokens import JwtSeal
    from chalicelib.instances.cloud_init import DaemonSetup
    from chalicelib.instances.driver import Driver
    from chalicelib.instances.heartbeat import Heartbeats
    from chalicelib.instances.inventory import Inventory
    from chalicelib.instances.offers import Catalogue
    from chalicelib.instances.provider import Provider
    from chalicelib.instances.rental import Rental
    from chalicelib.instances.rentals import Rentals
    from chalicelib.instances.self_hosted import SelfHostedServers
    from chalicelib.instances.watch import Watch
    from chalicelib.queues import Queue


class RentingServices(RecoveryServices):
    """Offers, rentals, and what drives servers."""

    @cached_property
    def provider(self) -> "Provider":
        """Servers."""
        from chalicelib.adapters.ec2 import Ec2

        return Ec2(self.config.stage, self.config.placement)

    @cached_property
    def catalogue(self) -> "Catalogue":
        """What can be rented in this region."""
        from chalicelib.instances.offers import load

        return load().within([self.config.region])

    @cached_property
    def drive_queue(self) -> "Queue":
        """Rentals that want a look."""
        return self._queue(self.config.drive_queue_url)

    @cached_property
    def rentals(self) -> "Rentals":
        """The rental lifecycle."""
        from chalicelib.instances.rentals import Rentals

        return Rentals(self.books, self.reader, self.rentals_store, self.catalogue, self.keys, self._wake)

    @cached_property
    def driver(self) -> "Driver":
        """What takes a rental to what it should be."""
        from chalicelib.instances.driver import Driver

        return Driver(self.books, self.rentals_store, self.provider, self.config.patience, self._daemon_of)

    @cached_property
    def watch(self) -> "Watch":
        """What finds rentals that want a look."""
        from chalicelib.instances.watch import Watch

        return Watch(self.rentals_store, self.provider, self.drive_queue, self.clock, self.config.vanish_limit)

    @cached_property
    def inventory(self) -> "Inventory":
        """The provider's servers against the rentals."""
        from chalicelib.instances.inventory import Inventory

        regions = (self.config.region,)
        return Inventory(self.rentals_store, self.provider, self.clock, regions, self.config.orphan_seconds)

    @cached_property
    def closing(self) -> "Closing":
        """Closing accounts."""
        from chalicelib.accounts.closing import Closing
        from chalicelib.adapters.dynamodb.belongings import DynamoBelongings
        from chalicelib.billing.closing import LineClosing
        from chalicelib.instances.leaving import Leaving

        belongings = DynamoBelongings(self.connection, self.config.tables.identity, self.notices_store)
        return Closing(
            self.users, self.credentials_store, self.reauthentication, belongings, LineClosing(self.books),
            Leaving(self.rentals_store, self.machines_store, self.decisions.commit), self.teller,
        )  # fmt: skip

    @cached_property
    def seal(self) -> "JwtSeal":
        """What signs and reads daemons' tokens."""
        from chalicelib.adapters.daemon_tokens import JwtSeal

        return JwtSeal(self.signer)

    @cached_property
    def self_hosted(self) -> "SelfHostedServers":
        """Servers of researchers' own."""
        from chalicelib.instances.self_hosted import SelfHostedServers

        return SelfHostedServers(
            self.machines_store, self.books_store, self.decisions, self.seal, self.ids, self.clock,
            self.config.api_url,
        )  # fmt: skip

    @cached_property
    def heartbeats(self) -> "Heartbeats":
        """What daemons ask."""
        from chalicelib.instances.heartbeat import Heartbeats

        return Heartbeats(self.machines_store, self.rentals_store, self.keys, self.seal, self.config.patience)

    def _daemon_of(self, rental: "Rental") -> "DaemonSetup | None":
        """How the server of a rental gets its daemon: not at all where it could not reach us."""
        from chalicelib.instances.cloud_init import DaemonSetup
        from chalicelib.instances.daemon_token import token_of_rental

        if not self.config.api_url:
            return None
        return DaemonSetup(self.config.api_url, rental.host_user, self.seal.sealed(token_of_rental(rental)))

    def _wake(self, account_id: str, rental_id: str) -> None:
        """A hint after a commit: if it is lost, the rental's own `look_at` finds it within a minute."""
        from chalicelib.errors import Unavailable
        from chalicelib.instances.watch import drive_hint

        try:
            self.drive_queue.send([drive_hint(account_id, rental_id)])
        except Unavailable:
            return
