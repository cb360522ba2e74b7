"""What no file of the repository names: one machine's folders, registries, and how the work was organised."""

import re
from collections.abc import Iterator
from pathlib import PurePath

# Written in pieces, so that this file does not name them itself.
_FOLDERS = "|".join([r"home/(?!ubuntu\b)", "root/", "Users/", "work/", "mnt/"])
_MACHINE = re.compile(rf"(?<![\w.$}}~-])/(?:{_FOLDERS})[\w.-]")
_REGISTRIES = re.compile(
    "|".join(
        [
            r"\bpypi\.(?:org|python)",
            r"\bfiles\.python" + r"hosted\b",
            r"\bregistry\.npm" + r"js\b",
            r"\bregistry\.yarn" + r"pkg\b",
            r"\brepo1?\.maven\b",
            r"\bmaven-" + r"central\b",
            r"\bcrates\.io\b",
            r"\bproxy\.go" + r"lang\b",
            r"\barti" + r"factory\b",
        ]
    ),
    re.IGNORECASE,
)
_ORGANISATION = re.compile(
    "|".join(
        [
            r"\bissue" + r"s?\s+(?:#\s*)?[0-9]",
            r"(?<![\w&;])#[0-9]{1,4}\b(?!\w|;)(?=[ ,.)]|$)",
            r"\bissue" + r"s show\b",
            r"\b(?:this|last|next|another|previous) ses" + r"sion of (?:work|the project)\b",
            r"\bses" + r"sion [0-9]",
            r"\.\./sha" + r"red\b",
            r"\bbri" + r"ef\.md\b",
            r"\bspe" + r"c\.md\b",
        ]
    ),
    re.IGNORECASE,
)
_URL = re.compile(r"[a-z+]+://|\s@\s", re.IGNORECASE)
_OPTION = re.compile(r"^\s*-(?!-hash)")


def machine_words(path: str, text: str) -> Iterator[str]:
    """Folders of one machine and hosts of registries."""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _MACHINE.search(line) or _REGISTRIES.search(line):
            yield f"{path}:{number}: names {found.group().strip()}"


def organisation_words(path: str, text: str) -> Iterator[str]:
    """Numbers of tasks, and documents that are not in the repository."""
    for number, line in enumerate(text.splitlines(), start=1):
        if found := _ORGANISATION.search(line):
            yield f"{path}:{number}: names {found.group().strip()}"


def is_requirements(path: str) -> bool:
    """Whether pip installs from it."""
    return PurePath(path).name.startswith("requirements") and path.endswith(".txt")


def loose_requirements(path: str, text: str) -> Iterator[str]:
    """Requirements that are not pinned with a hash, that name an address, or options other than hashes."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        requirement = line.partition("#")[0].strip()
        if not requirement:
            continue
        if _URL.search(line) or _OPTION.match(requirement):
            yield f"{path}: {requirement[:60]} names where it comes from"
        elif "==" not in requirement or "--hash=sha256:" not in requirement:
            yield f"{path}: {requirement[:60]} is not pinned with a hash"
