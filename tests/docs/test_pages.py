"""Sections that the code cites are there, links lead somewhere, and files and tests that are named exist."""

import pytest

from tests.docs.pages import Page, anchor, beside, citations, exists, page, pages
from tests.tidy.tracked import functions, sources_in, texts, tracked

_CITING = (".py", ".yaml", ".md", "Makefile", ".importlinter", ".ci/run")

citing = [(path, text) for path, text in texts() if path.endswith(_CITING) and not path.startswith("tests/docs/")]


def test_every_section_that_is_cited_is_a_heading() -> None:
    missing = [
        f"{path}: {cited} has no section {section}"
        for path, text in citing
        for cited, sections in citations(text)
        for section in sections
        if section not in page(cited).headings
    ]
    assert missing == []


def test_every_document_that_is_cited_is_there() -> None:
    cited = {(path, document) for path, text in citing for document, _ in citations(text)}
    assert sorted(f"{path}: {document}" for path, document in cited if document not in tracked()) == []


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)
def test_every_link_leads_to_a_file_and_a_heading(one: Page) -> None:
    for link in one.links:
        file, _, heading = link.partition("#")
        target = beside(one.path, file) if file else one.path
        assert exists(target), f"{one.path} links to {link}"
        if heading:
            assert heading in map(anchor, page(target).headings), f"{one.path} links to {link}"


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)
def test_every_file_that_is_named_exists(one: Page) -> None:
    assert [path for path in one.paths if not exists(path)] == []


@pytest.mark.parametrize("one", pages(), ids=lambda one: one.path)
def test_every_test_that_is_named_exists(one: Page) -> None:
    known = {function.name for source in sources_in("tests/") for function in functions(source.tree)}
    assert [name for name in one.ticked if name.startswith("test_") and name not in known] == []


# The checks would notice a breach.


def test_a_citation_is_found_over_the_end_of_a_line() -> None:
    text = '"""The sweep. docs/rules.md, "When the balance\nruns low" and "Time first"."""'
    assert list(citations(text)) == [("docs/rules.md", ("When the balance runs low", "Time first"))]
    assert list(citations("docs/errors.md lists the codes")) == [("docs/errors.md", ())]


def test_paths_links_and_tests_are_found() -> None:
    one = Page("docs/x.md", "See `ops/verify.py`, `instances/no.py`, `/api/v1`, `.local/out` and [a](../README.md#b).")
    assert list(one.paths) == ["ops/verify.py", "instances/no.py"]
    assert [path for path in one.paths if not exists(path)] == ["instances/no.py"]
    assert (one.links, beside(one.path, "../README.md")) == (["../README.md#b"], "README.md")


def test_blocks_of_code_are_left_alone() -> None:
    one = Page("x.md", "# A\n```\n# not a heading, `ops/nothing.py`\n```\n## B, and more\n")
    assert (one.headings, list(one.paths)) == (("A", "B, and more"), [])
    assert anchor("B, and more") == "b-and-more"


def test_rows_are_those_of_the_tables_under_a_heading() -> None:
    one = Page("x.md", "# A\n| code | is |\n|---|---|\n| `b` | c \\| d |\n\n## B\n| x | y |\n|---|---|\n| e | f |\n")
    assert one.rows("A") == [["`b`", "c \\| d"]]
