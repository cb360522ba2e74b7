"""Every word of docs/glossary.md lives where the table says."""

import re

from tests.docs.pages import exists, page
from tests.tidy.tracked import ROOT

glossary = page("docs/glossary.md")
ROWS = [row for heading in glossary.headings[1:] for row in glossary.rows(heading)]


def test_every_name_stands_in_the_file_beside_it() -> None:
    for word, _, where in ROWS:
        path, *names = re.findall(r"`([^`]+)`", where)
        assert names and exists(path), word
        text = (ROOT / "chalicelib" / path).read_text()
        assert [name for name in names if not re.search(rf"\b{name}\b", text)] == [], word


def test_every_word_is_explained_once() -> None:
    words = [word for row in ROWS for word in row[0].split(", ")]
    assert len(words) > 50 and len(words) == len(set(words))
    assert all(len(row[1]) > 10 for row in ROWS)
