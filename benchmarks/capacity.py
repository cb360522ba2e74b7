"""Capacity by AWS's rules, from the sizes of items: engines that stand in for DynamoDB report it wrongly.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""An item as it goes over the wire: {"name": {"S": "text"}}."""

READ_BYTES = 4096
WRITE_BYTES = 1024
TRANSACTIONAL = 2
"""Writing in a transaction costs twice; propagating to an index does not."""


def item_bytes(item: Item) -> int:
    """Names and values of an item."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """A value without its name. Raises ValueError for a type that the product does not write."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return (_significant_digits(content) + 1) // 2 + 1
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + value_bytes(element) for element in content)
        case "M":
            return 3 + len(content) + item_bytes(content)
    raise ValueError(f"a value of the type {kind}")


def read_halves(item_sizes: Iterable[int], *, consistent: bool) -> int:
    """Half read units of one request: everything that it read, rounded up together. Finding nothing costs one block."""
    blocks = max(1, _blocks(sum(item_sizes), READ_BYTES))
    return blocks * (2 if consistent else 1)


def write_units(before: Item | None, after: Item | None) -> int:
    """Write units of one item that was written alone: by the larger of what was there and what is there now."""
    larger = max(item_bytes(item or {}) for item in (before, after))
    return max(1, _blocks(larger, WRITE_BYTES))


def index_write_units(
    names: Collection[str], index_keys: Collection[str], before: Item | None, after: Item | None
) -> int:
    """Write units of a sparse index that projects these names: one to enter, leave or change, two to move."""
    old, new = (_entry(names, index_keys, item) for item in (before, after))
    if old == new:
        return 0
    if old is None or new is None:
        return write_units(old, new)
    moved = any(old[key] != new[key] for key in index_keys)
    return write_units(old, None) + write_units(None, new) if moved else write_units(old, new)


def _entry(names: Collection[str], index_keys: Collection[str], item: Item | None) -> Item | None:
    if item is None or any(key not in item for key in index_keys):
        return None
    return {name: item[name] for name in names}


def _significant_digits(number: str) -> int:
    digits = "".join(map(str, Decimal(number).as_tuple().digits)).strip("0")
    return len(digits)


def _blocks(size: int, block: int) -> int:
    return -(-size // block)
