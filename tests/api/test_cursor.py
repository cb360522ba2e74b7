"""A cursor holds a position and is read back exactly, or refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from chalicelib.api.cursor import cursor_at, id_in, number_in
from chalicelib.errors import Invalid
from chalicelib.ids import Ids


@given(st.integers(1, 2**53 - 1))
def test_a_number_comes_back(position: int) -> None:
    assert number_in(cursor_at(position) or UNSET) == position


@given(st.integers(0, 2**40 - 1))
def test_an_id_comes_back(moment: int) -> None:
    position = Ids().new("rent", moment)
    assert id_in(cursor_at(position) or UNSET, "rent") == position


def test_no_next_page_has_no_cursor() -> None:
    assert cursor_at(None) is None
    assert number_in(UNSET) is None
    assert id_in(UNSET, "rent") is None


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "", "x", "====", "!!!!", "é", encoded("[0]"), encoded("[-1]"), encoded("[true]"), encoded("[1.5]"),
        encoded("[null]"), encoded("1"), encoded("[]"), encoded("[1,2]"), encoded('["1"]'), encoded("{}"),
        encoded(f"[{2**53}]"), encoded(f"[{'9' * 5000}]"), encoded("[1] "), encoded("[ 1]"), encoded("[1]") + "=",
        encoded("[" * 5000), encoded('["rent_0000000000000000000u"]'), encoded('["key_00000000000000000000"]'),
    ],
)  # fmt: skip
def test_a_cursor_that_was_not_given_out_is_refused(cursor: str) -> None:
    for read in (number_in, lambda text: id_in(text, "rent")):
        with pytest.raises(Invalid) as caught:
            read(cursor)
        assert (caught.value.code, caught.value.field) == ("invalid_cursor", "cursor")


@given(st.text(max_size=40))
def test_no_text_does_worse_than_a_refusal(cursor: str) -> None:
    try:
        position = number_in(cursor)
    except Invalid:
        return
    assert cursor_at(position) == cursor
