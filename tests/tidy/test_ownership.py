"""The clock, chance and the environment have one reader each; nothing is added blindly or caught silently."""

import pytest

from tests.tidy.ownership import (
    CHANCE,
    CLOCK,
    ENVIRONMENT,
    blind_additions,
    broad_catches,
    chance,
    environment,
    late_imports,
    wall_clock,
)
from tests.tidy.tracked import PRODUCT, PYTHON, Rule, findings, snippet, sources_in


def test_the_wall_clock_is_read_in_one_module() -> None:
    assert findings(wall_clock, sources_in(*PRODUCT)) == []


def test_chance_comes_from_one_module() -> None:
    assert findings(chance, sources_in(*PRODUCT)) == []


def test_the_environment_is_read_in_one_module() -> None:
    assert findings(environment, sources_in(*PRODUCT)) == []


def test_no_record_is_added_to_blindly() -> None:
    assert findings(blind_additions, sources_in("chalicelib/adapters/dynamodb/")) == []


def test_nothing_swallows_every_error_without_a_reason() -> None:
    assert findings(broad_catches, sources_in(*PYTHON)) == []


def test_imports_stand_at_the_top() -> None:
    assert findings(late_imports, sources_in(*PRODUCT)) == []


# The rules would notice a breach.


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (wall_clock, "import time\nnow = time.time()"),
        (wall_clock, "from time import time as clock\nnow = clock()"),
        (wall_clock, "from datetime import UTC, datetime\nnow = datetime.now(UTC)"),
        (wall_clock, "import datetime\nnow = datetime.datetime.utcnow()"),
        (wall_clock, "import time\nclock = time.time"),
        (chance, "import random"),
        (chance, "from secrets import token_hex"),
        (chance, "import uuid"),
        (chance, "import os\nsalt = os.urandom(8)"),
        (environment, 'import os\nstage = os.environ["STAGE"]'),
        (environment, 'from os import getenv\nstage = getenv("STAGE")'),
        (blind_additions, "record.update(actions=[Account.ledger.add(amount)])"),
        (blind_additions, 'expression = "ADD ledger :amount"'),
        (broad_catches, "try:\n    work()\nexcept Exception:\n    pass"),
        (broad_catches, "try:\n    work()\nexcept:  # whatever\n    pass"),
        (broad_catches, "try:\n    work()\nexcept (KeyError, BaseException):\n    pass"),
        (late_imports, "def build():\n    import boto3\n"),
    ],
)
def test_a_breach_is_found(rule: Rule, text: str) -> None:
    assert len(findings(rule, [snippet(text)])) == 1


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (wall_clock, "import time\ntime.sleep(1)\nstarted = time.monotonic()"),
        (wall_clock, "from datetime import UTC, datetime\nwhen = datetime.fromtimestamp(0, UTC)"),
        (environment, "import os\nhere = os.getcwd()"),
        (blind_additions, "class Store:\n    def keep(self, token):\n        self.add(token)"),
        (broad_catches, "try:\n    work()\nexcept Exception as error:\n    raise Broken() from error"),
        (broad_catches, "try:\n    work()\nexcept Exception:  # noqa: BLE001 - one record holds up no other\n    pass"),
        (broad_catches, "try:\n    work()\nexcept KeyError:\n    pass"),
        (late_imports, "import json\n"),
    ],
)
def test_what_is_fine_is_let_pass(rule: Rule, text: str) -> None:
    assert findings(rule, [snippet(text)]) == []


@pytest.mark.parametrize(
    ("rule", "path", "text"),
    [
        (wall_clock, CLOCK, "import time\nnow = time.time()"),
        (chance, CHANCE, "import secrets"),
        (environment, ENVIRONMENT, "import os\nos.environ"),
        (late_imports, "chalicelib/bootstrap/stores.py", "def build():\n    import boto3\n"),
    ],
)
def test_the_owner_may(rule: Rule, path: str, text: str) -> None:
    assert findings(rule, [snippet(text, path)]) == []
