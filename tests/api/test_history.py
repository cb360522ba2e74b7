"""The history is told in pages, as a table that no spreadsheet runs, and as a statement that anybody can check."""

import csv
import hashlib
import io
import json
from itertools import pairwise
from typing import Any

import pytest

from chalicelib.api import history
from tests.api.counter import Counter
from tests.api.validated import Client

TRANSACTIONS = "/api/v1/transactions"


def used_for_days(counter: Counter, days: int) -> None:
    """A credit, and one deduction a day."""
    counter.credit("50.00")
    counter.client.post("/api/v1/services", {"code": "qlip-license"})
    for _ in range(days):
        counter.wait(days=1)
        counter.settle()


def test_the_history_is_newest_first(counter: Counter) -> None:
    used_for_days(counter, 2)
    answer = counter.client.get(TRANSACTIONS)
    kinds = [(item["sequence"], item["kind"], item["amount"]) for item in answer.json["items"]]
    assert kinds == [(3, "usage", "-2.880000"), (2, "usage", "-1.440000"), (1, "adjustment", "50.000000")]
    assert answer.json["next_cursor"] is None
    newest = answer.json["items"][0]
    assert newest["id"] == f"{counter.account_id}.3"
    assert (newest["balance_after"], newest["currency"]) == ("45.680000", "USD")
    assert newest["created_at"] == "2026-01-02T00:00:00Z"
    assert newest["description"] == "Qlip licence (qlip-license), 2026-01-01"
    assert newest["lines"] == [
        {"from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "seconds": 86_400, "price_per_hour": "0.120000"}
    ]
    assert newest["details"]["day"] == "2026-01-01"


@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_pages_together_are_the_whole_history(counter: Counter, limit: int) -> None:
    used_for_days(counter, 6)
    seen, cursor = [], ""
    while True:
        page = counter.client.get(f"{TRANSACTIONS}?limit={limit}{cursor}").json
        assert len(page["items"]) <= limit
        seen += [item["sequence"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_a_cursor_shows_its_user_only_their_own(counter: Counter) -> None:
    used_for_days(counter, 3)
    cursor = counter.client.get(f"{TRANSACTIONS}?limit=1").json["next_cursor"]
    assert counter.stranger().get(f"{TRANSACTIONS}?cursor={cursor}").json["items"] == []


@pytest.mark.parametrize(
    ("query", "sequences"),
    [
        ("kind=adjustment", [1]),
        ("kind=refund", []),
        ("since=2026-01-02", [4, 3]),
        ("since=2026-01-01T00:00:00Z&until=2026-01-02T00:00:00Z", [2]),
        ("until=2026-01-01", [1]),
        ("kind=usage&until=2026-01-03", [3, 2]),
    ],
)
def test_the_history_is_filtered(counter: Counter, query: str, sequences: list[int]) -> None:
    used_for_days(counter, 3)
    items = counter.client.get(f"{TRANSACTIONS}?{query}").json["items"]
    assert [item["sequence"] for item in items] == sequences
    rows = table(counter.client.get(f"{TRANSACTIONS}.csv?{query}").text)
    assert [int(row["sequence"]) for row in rows] == sequences


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("kind=gift", "kind"),
        ("since=yesterday", "since"),
        ("since=2026-02-30", "since"),
        ("since=2026-01-01T00:00:00", "since"),
        ("until=2026-01-01T00:00:00%2B02:00", "until"),
        ("until=0000-00-00", "until"),
        ("since=2026-01-02&until=2026-01-01", "since"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=nonsense", "cursor"),
        ("sort=asc", "sort"),
    ],
)
def test_a_filter_that_is_none_is_refused(client: Client, query: str, field: str) -> None:
    answer = client.get(f"{TRANSACTIONS}?{query}")
    assert (answer.status, answer.field) == (400, field)


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_table_is_a_file_with_amounts_as_numbers(counter: Counter) -> None:
    used_for_days(counter, 1)
    answer = counter.client.get(f"{TRANSACTIONS}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="transactions.csv"'
    usage, credit = table(answer.text)
    assert (usage["amount"], usage["balance_after"], usage["kind"]) == ("-1.440000", "48.560000", "usage")
    assert (credit["created_at"], credit["currency"]) == ("2025-12-31T12:00:00Z", "USD")


@pytest.mark.parametrize("reason", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "  =1", "\r=1"])
def test_no_description_is_run_by_a_spreadsheet(counter: Counter, reason: str) -> None:
    counter.credit("1", reason)
    (row,) = table(counter.client.get(f"{TRANSACTIONS}.csv").text)
    assert row["description"] == "'" + reason


def test_a_description_may_hold_what_tables_are_made_of(counter: Counter) -> None:
    counter.credit("1", 'a "b", c\nd; e')
    (row,) = table(counter.client.get(f"{TRANSACTIONS}.csv").text)
    assert row["description"] == 'a "b", c\nd; e'


def test_a_table_that_would_be_too_long_is_refused(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    used_for_days(counter, 3)
    monkeypatch.setattr(history, "MOST_ROWS", 3)
    answer = counter.client.get(f"{TRANSACTIONS}.csv")
    assert (answer.status, answer.code) == (409, "too_many_rows")
    assert counter.client.get(f"{TRANSACTIONS}.csv?since=2026-01-01").status == 200


def check_chain(statement: dict[str, Any]) -> None:
    """Check a statement with nothing but its text."""
    previous, balance = statement["opening_hash"], _micros(statement["opening_balance"])
    for entry in statement["entries"]:
        assert entry["previous_hash"] == previous
        hashed = {name: value for name, value in entry.items() if name not in ("hash", "recorded_at")}
        canonical = json.dumps(hashed, sort_keys=True, separators=(",", ":"))
        assert hashlib.sha256(canonical.encode()).hexdigest() == entry["hash"]
        assert sum(_micros(posting["amount"]) for posting in entry["postings"]) == 0
        balance += _micros(entry["amount"])
        assert _micros(entry["balance_after"]) == balance
        previous = entry["hash"]
    assert (previous, balance) == (statement["closing_hash"], _micros(statement["closing_balance"]))


def test_statements_of_months_that_follow_form_one_chain(counter: Counter) -> None:
    counter.credit("60.00", "Grüße ☀")
    used_for_days(counter, 33)
    months = [counter.client.get(f"/api/v1/statements/{month}").json for month in ("2025-12", "2026-01", "2026-02")]
    for statement in months:
        check_chain(statement)
    assert [len(statement["entries"]) for statement in months] == [2, 31, 2]
    assert [statement["complete"] for statement in months] == [True, True, False]
    for before, after in pairwise(months):
        assert before["closing_hash"] == after["opening_hash"]
        assert before["closing_balance"] == after["opening_balance"]


def test_a_month_is_complete_once_nothing_can_be_added_to_it(counter: Counter) -> None:
    counter.credit("200.00")
    counter.client.post("/api/v1/services", {"code": "qlip-license"})
    assert counter.client.get("/api/v1/statements/2025-12").json["complete"] is False
    counter.wait(days=33)
    assert counter.client.get("/api/v1/statements/2025-12").json["complete"] is True
    assert counter.client.get("/api/v1/statements/2026-01").json["complete"] is False
    counter.settle()
    assert counter.client.get("/api/v1/statements/2026-01").json["complete"] is True


def test_a_month_without_entries_opens_and_closes_alike(client: Client, counter: Counter) -> None:
    statement = client.get("/api/v1/statements/2025-11").json
    assert statement["entries"] == []
    assert statement["opening_hash"] == statement["closing_hash"] == "0" * 64
    counter.credit("5.00")
    counter.wait(days=40)
    assert client.get("/api/v1/statements/2026-01").json["opening_balance"] == "5.000000"


@pytest.mark.parametrize(
    ("month", "status"),
    [("2026-13", 400), ("2026-00", 400), ("2026-1", 400), ("1999-12", 400), ("now", 400), ("2026-01-01", 400),
     ("٢٠٢٦-01", 400), ("2026-01", 404), ("2099-12", 404)],
)  # fmt: skip
def test_a_month_that_is_none_is_refused(client: Client, month: str, status: int) -> None:
    answer = client.get(f"/api/v1/statements/{month}")
    assert (answer.status, answer.field) == (status, "month")


def _micros(amount: str) -> int:
    whole, _, part = amount.partition(".")
    return int(whole + part)
