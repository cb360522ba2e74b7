"""`python -m ops verify`: compares the journal with the records, and the rentals with the provider."""

import sys
from collections.abc import Sequence

from chalicelib.billing.reconciliation import Audit, Auditor, Difference
from chalicelib.bootstrap import Services
from chalicelib.errors import Failure, OutcomeUnknown
from chalicelib.instances.provider import Refused
from chalicelib.instances.reconciliation import RentalAuditor
from chalicelib.money import ASSETS
from ops.stack import NoStack, connect, parser


def main(arguments: Sequence[str]) -> int:
    """Print every difference, or that there is none. The exit status is 1 where something differs."""
    options = parser("verify", main.__doc__ or "")
    wanted = options.parse_args(arguments)
    try:
        services = connect(wanted.stack)
        audit = Auditor(services.books_store).audit()
        differences = [*audit.differences, *_rentals(services)]
    except (Failure, NoStack) as failure:
        print(failure, file=sys.stderr)
        return 1
    _print(audit, differences)
    return 1 if differences else 0


def _rentals(services: Services) -> list[Difference]:
    try:
        return RentalAuditor(services.rentals_store, services.books_store, services.inventory).audit()
    except (Refused, OutcomeUnknown) as error:
        return [Difference("provider", f"did not answer: {error}")]


def _print(audit: Audit, differences: Sequence[Difference]) -> None:
    print(f"{audit.accounts} accounts, {audit.entries} journal entries")
    platform = {key: amount for key, amount in audit.sums.items() if key[0].startswith("platform:")}
    for (ledger_account, asset), amount in sorted(platform.items()):
        print(f"  {ledger_account:32} {ASSETS[asset].show(amount):>20} {asset}")
    for difference in differences:
        print(f"DIFFERENCE {difference.about}: {difference.what}")
    if not differences:
        print("No difference.")
