"""Who is calling: what a credential of any kind comes to."""

from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import NamedTuple

_NETWORK_BITS = 64
"""What one connection is given of IPv6 at the least (RFC 6177): its owner chooses the rest anew for each request."""


class Principal(NamedTuple):
    """A user, and the account they act for. Either an API token or a session has said so."""

    user_id: str
    account_id: str
    display_name: str
    token_id: str | None = None
    session_id: str | None = None

    @property
    def in_person(self) -> bool:
        """Whether it is a person who has logged in, and not a program that holds a token of theirs."""
        return self.session_id is not None


class Client(NamedTuple):
    """Where a request came from, as far as it can be told. Neither proves anything."""

    address: str
    device: str = ""
    """What the browser calls itself."""

    @property
    def network(self) -> str:
        """The place that tries are counted for: the address, of IPv6 the network around it."""
        try:
            address = ip_address(self.address)
        except ValueError:
            return self.address
        if not isinstance(address, IPv6Address):
            return str(address)
        return str(address.ipv4_mapped or IPv6Network((int(address), _NETWORK_BITS), strict=False))


NOWHERE = Client("unknown")
"""Where a call comes from that nobody has seen come."""
