"""Capacity by AWS's rules, as its documentation says them."""

from typing import Any

import pytest

from benchmarks.capacity import index_write_units, item_bytes, read_halves, value_bytes, write_units

KIB = 1024
NAMES, KEYS = {"id", "shard", "due"}, ("shard", "due")


def item_of(size: int) -> dict[str, dict[str, str]]:
    """An item of so many bytes, one of which is its name."""
    return {"a": {"S": "x" * (size - 1)}}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "0"}, 1),
        ({"N": "5"}, 2),
        ({"N": "123"}, 3),
        ({"N": "-1000000"}, 2),
        ({"N": "0.0025"}, 2),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"S": "c"}]}, 3 + 2 + 3),
        ({"M": {"ab": {"S": "cde"}}}, 3 + 1 + 5),
    ],
)
def test_the_size_of_a_value(value: dict[str, Any], size: int) -> None:
    assert value_bytes(value) == size


def test_an_item_is_its_names_and_values() -> None:
    assert item_bytes({"name": {"S": "Ada"}, "age": {"N": "36"}}) == 4 + 3 + 3 + 2


def test_a_type_that_is_not_known_is_an_error_and_not_free() -> None:
    with pytest.raises(ValueError, match="SS"):
        value_bytes({"SS": ["a"]})


@pytest.mark.parametrize(("sizes", "halves"), [([], 2), ([0], 2), ([4096], 2), ([4097], 4), ([3000, 3000], 4)])
def test_a_consistent_read_costs_a_unit_for_each_four_kilobytes_read_together(sizes: list[int], halves: int) -> None:
    assert read_halves(sizes, consistent=True) == halves
    assert read_halves(sizes, consistent=False) * 2 == halves


def test_a_write_costs_a_unit_for_each_kilobyte_of_the_larger_item() -> None:
    assert write_units(None, item_of(KIB)) == 1
    assert write_units(None, item_of(KIB + 1)) == 2
    assert write_units(item_of(3 * KIB), item_of(10)) == 3
    assert write_units(item_of(3 * KIB), None) == 3


def entry(due: str | None, more: str = "") -> dict[str, dict[str, str]]:
    """An item that is in the index if it is due."""
    keys = {} if due is None else {"shard": {"N": "1"}, "due": {"N": due}}
    return {"id": {"S": "one"}, "more": {"S": more}, **keys}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, entry("5"), 1),
        (entry("5"), None, 1),
        (entry(None), entry("5"), 1),
        (entry("5"), entry(None), 1),
        (entry("5"), entry("6"), 2),
        (entry("5"), entry("5", more="changed"), 0),
        (entry(None), entry(None, more="changed"), 0),
    ],
)
def test_an_index_costs_by_what_changes_in_it(before: Any, after: Any, units: int) -> None:
    assert index_write_units(NAMES, KEYS, before, after) == units
