"""Who is calling: what a credential of any kind comes to."""

from typing import NamedTuple


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


NOWHERE = Client("unknown")
"""Where a call comes from that nobody has seen come."""
