"""Words: what a message says, before it is laid out, and the facts of a message as words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.clock import in_words
from chalicelib.money import show_dollars
from chalicelib.notices.messages import Fact
from chalicelib.notices.names import LONGEST_LIST, LONGEST_NAME, plain

_YEAR_10000 = 253_402_300_800


class Tone(StrEnum):
    """How a message is coloured."""

    CALM = "calm"
    WARNING = "warning"
    SERIOUS = "serious"


@dataclass(frozen=True, slots=True)
class Action:
    """The one thing to do next: the label of the link, and its path in the console."""

    label: str
    path: str
    link_id: str | None = None
    """The one-time link that the path is opened with."""


@dataclass(frozen=True, slots=True)
class Words:
    """One message in words. The first paragraph stands for the whole where there is room for one."""

    subject: str
    paragraphs: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]
    """Label and value of each figure, for those who only look at figures."""
    action: Action
    tone: Tone


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of a message in words. One that is missing is said to be unknown: a warning is never lost to a gap."""

    facts: Mapping[str, Fact]

    def __contains__(self, name: str) -> bool:
        return name in self.facts

    def number(self, name: str) -> int:
        value = self.facts.get(name)
        return value if isinstance(value, int) else 0

    def amount(self, name: str) -> str:
        return show_dollars(self.number(name)) if name in self.facts else "an unknown amount"

    def moment(self, name: str, otherwise: int = -1) -> str:
        value = self.facts.get(name, otherwise)
        known = isinstance(value, int) and 0 <= value < _YEAR_10000
        return in_words(int(value)) if known else "an unknown time"

    def name(self) -> str:
        return self.text("name", LONGEST_NAME) or "without a name"

    def names(self) -> str:
        return self.text("names", LONGEST_LIST) or "everything that was halted"

    def text(self, name: str, longest: int) -> str:
        return plain(str(self.facts.get(name, "")), longest)
