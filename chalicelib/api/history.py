"""The history: pages, a file for a spreadsheet, and the statement of a month."""

import csv
import io
import re
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.api.answers import CsvFile
from chalicelib.api.cursor import cursor_at, number_in
from chalicelib.api.rendering import statement_of, transaction_of
from chalicelib.api.shapes_billing import ExportQuery, Statement, TransactionPage, TransactionQuery
from chalicelib.api.values import amount, given, moment_in
from chalicelib.api.view import Call, operation
from chalicelib.billing.store import EntryFilter
from chalicelib.bootstrap import services
from chalicelib.clock import iso, month_bounds
from chalicelib.errors import Conflict, Invalid, NotFound

if TYPE_CHECKING:
    from chalicelib.billing.journal import Entry

blueprint = Blueprint(__name__)

MOST_ROWS = 10_000
"""More would not fit into one answer of the gateway's six megabytes, nor into its time."""

_MONTH = r"(?P<year>20[0-9]{2})-(?P<month>0[1-9]|1[0-2])"
_COLUMNS = ("created_at", "sequence", "kind", "description", "amount", "balance_after", "currency", "cause")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@operation(
    blueprint, "GET", "/api/v1/transactions", query=TransactionQuery, answer=TransactionPage,
    summary="The history, newest first",
)
def list_transactions(call: Call[TransactionQuery]) -> TransactionPage:
    """Top-ups, conversions, payments for use, refunds, disputes, adjustments and reversals."""
    before = number_in(call.asked.cursor)
    page = services().history.page(call.account_id, _wanted(call.asked), before, call.asked.limit)
    items = [transaction_of(entry) for entry in page.entries]
    return TransactionPage(items=items, next_cursor=cursor_at(page.before))


@operation(
    blueprint, "GET", "/api/v1/transactions.csv", query=ExportQuery, answer=CsvFile,
    summary="The history as a CSV file, newest first", refusals=(Conflict,),
)
def export_transactions(call: Call[ExportQuery]) -> CsvFile:
    """At most 10,000 entries; with more, narrow the range by `since` and `until`."""
    found = services().history.all(call.account_id, _wanted(call.asked))
    entries = list(islice(found, MOST_ROWS + 1))
    if len(entries) > MOST_ROWS:
        message = f"That is more than {MOST_ROWS} entries. Narrow the range with since and until."
        raise Conflict(message, code="too_many_rows", field="since")
    return CsvFile("transactions.csv", _table(entries))


@operation(
    blueprint, "GET", "/api/v1/statements/{month}", answer=Statement, summary="The statement of a month",
    refusals=(NotFound,),
)
def get_statement(call: Call[None]) -> Statement:
    """All entries of a month such as 2026-03, in UTC, oldest first, with all that it takes to check their chain."""
    month = call.path["month"]
    start, end = _bounds(month)
    now = services().clock()
    if now < start:
        raise NotFound("This month has not begun yet.", code="month_not_begun", field="month")
    return statement_of(services().history.statement(call.account_id, month, start, end), end, now)


def _wanted(asked: TransactionQuery | ExportQuery) -> EntryFilter:
    since, until = moment_in(asked.since, "since"), moment_in(asked.until, "until")
    if since is not None and until is not None and since > until:
        raise Invalid('"since" must not be after "until".', code="invalid_range", field="since")
    return EntryFilter(given(asked.kind), since, until)


def _bounds(month: str) -> tuple[int, int]:
    match = re.fullmatch(_MONTH, month)
    if match is None:
        raise Invalid("A month is written as 2026-03.", code="invalid_month", field="month")
    return month_bounds(int(match["year"]), int(match["month"]))


def _table(entries: Iterable["Entry"]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows(_row(entry) for entry in entries)
    return text.getvalue()


def _row(entry: "Entry") -> tuple[str, ...]:
    facts = entry.facts
    return (
        iso(facts.created_at),
        str(entry.sequence),
        str(facts.kind),
        _harmless(facts.description),
        amount(entry.amount),
        amount(entry.balance_after),
        entry.currency,
        _harmless(facts.cause),
    )


def _harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
