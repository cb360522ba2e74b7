"""What a name or a note that a person gives to something may be made of."""

from chalicelib.errors import Invalid

LONGEST_NAME = 64
_MARKUP = frozenset("[]<>")
"""Terminals and pages that show a name take these as markup."""


def plain_name(text: str, what: str, *, field: str, longest: int = LONGEST_NAME) -> str:
    """The text without surrounding blanks: 1 to `longest` printable characters, none of them a bracket.

    `what` begins the sentence that tells a person what is wrong. Raises Invalid.
    """
    name = text.strip(" ")
    if not 1 <= len(name) <= longest:
        raise Invalid(f"{what} has 1 to {longest} characters.", code="invalid_name", field=field)
    if not name.isprintable() or not _MARKUP.isdisjoint(name):
        message = f"{what} has no line breaks, control characters or brackets."
        raise Invalid(message, code="invalid_name", field=field)
    return name
