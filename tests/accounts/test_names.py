"""Names and notes are short, printable and free of markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.accounts.names import LONGEST_NAME, plain_name
from chalicelib.errors import Invalid


@pytest.mark.parametrize("text", ["laptop", "My laptop (home)", "  padded ", "Ünïcode 東京", "a" * LONGEST_NAME])
def test_ordinary_names_pass_without_their_surrounding_blanks(text: str) -> None:
    assert plain_name(text, "A name", field="name") == text.strip()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "a" * (LONGEST_NAME + 1),
        "[bold]",
        "[/x]",
        "<b>",
        "two\nlines",
        "tab\there",
        "nul\0",
        "escape\x1b[31m",
        "right\u202eto left",
        "zero\u200bwidth",
        "line\u2028separator",
        "half\ud800",
        "delete\x7f",
    ],
)
def test_everything_else_is_refused_with_its_field(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        plain_name(text, "A note", field="note")
    assert (caught.value.field, caught.value.code) == ("note", "invalid_name")
    assert caught.value.message.startswith("A note")


@given(st.text())
def test_what_passes_is_printable_and_unmarked(text: str) -> None:
    try:
        name = plain_name(text, "A name", field="name")
    except Invalid:
        return
    assert 1 <= len(name) <= LONGEST_NAME
    assert name.isprintable()
    assert not set(name) & set("[]<>\r\n")
    assert plain_name(name, "A name", field="name") == name
