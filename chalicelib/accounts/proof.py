"""What somebody who has logged in proves themselves with again. See reauthentication.py.

Apart from it, because the API hands it over in many views.
"""

from typing import NamedTuple

from chalicelib.accounts.principal import Principal


class Given(NamedTuple):
    """What somebody proves themselves with."""

    password: str | None
    code: str | None = None


class Proof(NamedTuple):
    """Who has given the right password. The code is still to be taken, by the decision that it was given for."""

    who: Principal
    password_hash: str | None
    code: str | None
