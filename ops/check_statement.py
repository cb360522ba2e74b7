"""Checks a statement offline: `python check_statement.py statement.json [earlier.json ...]`.

Needs nothing but Python. A statement is the JSON of GET /api/v1/statements/YYYY-MM. Each entry carries the SHA-256 of
its own canonical JSON (keys sorted, no blanks, ASCII, without `hash` and `recorded_at`), which holds the hash of the
entry before it: whoever keeps an old statement can tell that nothing in it was changed since.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

UNHASHED = ("hash", "recorded_at")


def problems(statement: dict[str, Any]) -> Iterator[str]:
    """Everything that does not fit, in sentences."""
    balance, chain = Decimal(statement["opening_balance"]), statement["opening_hash"]
    number = None
    for entry in statement["entries"]:
        name = f"entry {entry['sequence']}"
        hashed = {key: value for key, value in entry.items() if key not in UNHASHED}
        canonical = json.dumps(hashed, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        if hashlib.sha256(canonical.encode("ascii")).hexdigest() != entry["hash"]:
            yield name + " is not what its hash says"
        if entry["previous_hash"] != chain:
            yield name + " does not follow the entry before it"
        if number is not None and entry["sequence"] != number + 1:
            yield name + " leaves a gap in the numbers"
        sums: dict[str, Decimal] = {}
        for posting in entry["postings"]:
            sums[posting["asset"]] = sums.get(posting["asset"], Decimal(0)) + Decimal(posting["amount"])
        if any(sums.values()):
            yield name + " has postings that do not sum to zero"
        balance += Decimal(entry["amount"])
        if Decimal(entry["balance_after"]) != balance:
            yield f"{name} says a balance of {entry['balance_after']} where {balance} follows"
        chain, number = entry["hash"], entry["sequence"]
    if chain != statement["closing_hash"] or balance != Decimal(statement["closing_balance"]):
        yield "the end is not where the entries lead"


def main(files: list[str]) -> int:
    """Check each file; the exit status is 1 if anything does not fit, 2 for a wrong call."""
    if not files or files[0] in ("-h", "--help"):
        print(__doc__, file=sys.stdout if files else sys.stderr)
        return 0 if files else 2
    return max(_check(file) for file in files)


def _check(file: str) -> int:
    try:
        statement = json.loads(Path(file).read_text())
        found = list(problems(statement))
    except OSError as error:
        found = [f"can not be read: {error.strerror}"]
    except (ValueError, KeyError, TypeError, ArithmeticError):
        found = ["is not a statement, the JSON of GET /api/v1/statements/YYYY-MM"]
    for problem in found or [f"{len(statement['entries'])} entries, all fit"]:
        print(f"{file}: {problem}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
