"""No float comes near money."""

import pytest

from tests.tidy.arithmetic import MONEY, inexact
from tests.tidy.tracked import findings, snippet, sources_in


def test_amounts_are_worked_out_in_integers() -> None:
    assert findings(inexact, sources_in(*MONEY)) == []


# The rule would notice a breach.


@pytest.mark.parametrize(
    "text",
    [
        "FEE = 0.03",
        "MICROS = 1e6",
        "half = amount / 2",
        "amount /= 2",
        "amount = float(text)",
        "amount = round(amount)",
        "import math\namount = math.floor(amount)",
        "from decimal import Decimal\namount = Decimal(text)",
    ],
)
def test_what_could_round_is_found(text: str) -> None:
    assert len(findings(inexact, [snippet(text)])) == 1


@pytest.mark.parametrize(
    "text",
    ["whole, rest = divmod(units, 3600)", "half = amount // 2", "MICROS = 10**6", 'file = folder / "offers.json"'],
)
def test_integers_and_paths_are_fine(text: str) -> None:
    assert findings(inexact, [snippet(text)]) == []
