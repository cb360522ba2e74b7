"""Names of rentals: they are printed and typed in shells."""

import re

from chalicelib.errors import Invalid

_NAME = r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?"


def check_name(name: str) -> str:
    """A rental's name: lower-case letters, digits and inner hyphens, at most 40."""
    if re.fullmatch(_NAME, name) is None:
        message = "A name has 1 to 40 lower-case letters, digits and hyphens, with no hyphen at its beginning or end."
        raise Invalid(message, code="invalid_name", field="name")
    return name
