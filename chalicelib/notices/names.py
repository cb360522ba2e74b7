"""Names that people chose, made fit to stand in a line: one line, no invisible characters, not too long."""

import unicodedata

_INVISIBLE = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Control, format (which turn the direction of text), private, half and unassigned characters, and line breaks."""

LONGEST_NAME = 80
LONGEST_LIST = 2000


def plain(name: str, longest: int = LONGEST_NAME) -> str:
    """The name on one line: what can not be seen becomes a space, spaces become one, and a long end is cut."""
    seen = "".join(" " if unicodedata.category(character) in _INVISIBLE else character for character in name)
    line = " ".join(seen.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
