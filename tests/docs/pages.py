"""The documents as data: headings, links, tables and what stands in backticks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from tests.tidy.tracked import ROOT, texts, tracked

GENERATED = (".local/", ".venv/")
"""Made by running; what a document says of it is not looked for."""

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_TICKED = re.compile(r"`([^`\n]+)`")
_PATH = re.compile(r"\.?[A-Za-z0-9_][\w.-]*(?:/[\w.-]+)*/?", re.ASCII)
_SUFFIXES = (".py", ".md", ".json", ".yaml", ".toml", ".txt", ".xml")
_CITED = re.compile(r"docs/([a-z]+)\.md((?:,? \"[^\"]+\"(?: and \"[^\"]+\")*)?)")
_SECTION = re.compile(r"\"([^\"]+)\"")


@dataclass(frozen=True)
class Page:
    """One document."""

    path: str
    text: str

    @cached_property
    def prose(self) -> str:
        """The text without blocks of code."""
        return _FENCE.sub("", self.text)

    @cached_property
    def headings(self) -> tuple[str, ...]:
        return tuple(_HEADING.findall(self.prose))

    @property
    def links(self) -> list[str]:
        """Where its links lead, those to other hosts left out."""
        return [link for link in _LINK.findall(self.prose) if "://" not in link]

    @property
    def ticked(self) -> list[str]:
        """Everything in backticks."""
        return _TICKED.findall(self.prose)

    @property
    def paths(self) -> Iterator[str]:
        """What stands in backticks and looks like a file or a folder of the repository."""
        tops = {path.partition("/")[0] for path in tracked()} | {GENERATED[0], "chalicelib"}
        for text in self.ticked:
            if _PATH.fullmatch(text) is None or text.startswith(GENERATED):
                continue
            if text.endswith(_SUFFIXES) or ("/" in text and text.partition("/")[0] in tops):
                yield text

    def rows(self, heading: str) -> list[list[str]]:
        """The cells of the tables under a heading, their first two lines left out."""
        section = self.text.split(f" {heading}\n", 1)[1]
        section = re.split(r"^#+ ", section, maxsplit=1, flags=re.MULTILINE)[0]
        rows: list[list[str]] = []
        begun = False
        for line in section.splitlines():
            if re.match(r"^\| *-", line):
                begun = True
            elif not line.startswith("|"):
                begun = False
            elif begun:
                rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
        return rows


def page(path: str) -> Page:
    """One document by its path."""
    return Page(path, (ROOT / path).read_text())


def pages() -> list[Page]:
    """Every document of the repository."""
    return [Page(path, text) for path, text in texts() if path.endswith(".md")]


def anchor(heading: str) -> str:
    """What a link calls a heading: "Time first" is #time-first."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def exists(path: str) -> bool:
    """Whether a file or folder is there. Documents name those of the product from its own folder on, and each other."""
    places = (path, f"chalicelib/{path}", f"docs/{path}")
    return any((ROOT / place).exists() for place in places)


def beside(page_path: str, link: str) -> str:
    """The path from the root of the repository that a relative link of a document leads to."""
    parts: list[str] = []
    for part in (PurePosixPath(page_path).parent / link).parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def citations(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Documents that a text cites, each with the sections that it names after it. Lines may break in between."""
    joined = re.sub(r"\s*\n\s*#?\s*", " ", text)
    for found in _CITED.finditer(joined):
        yield f"docs/{found[1]}.md", tuple(_SECTION.findall(found[2]))
