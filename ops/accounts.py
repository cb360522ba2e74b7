"""The operator's commands on accounts: open, credit, show."""

import sys
from collections.abc import Sequence

from chalicelib.billing.outlook import Outlook, outlook
from chalicelib.bootstrap import Services
from chalicelib.clock import iso, iso_or_none
from chalicelib.errors import Failure, LostRace
from chalicelib.ids import is_id
from chalicelib.money import USD
from ops.stack import NoStack, connect, parser


def open_account(arguments: Sequence[str]) -> int:
    """A verified account in USD. Prints its ids and its first token, which nobody can see again."""
    options = parser("open-account", open_account.__doc__ or "")
    options.add_argument("email")
    wanted = options.parse_args(arguments)
    try:
        services = connect(wanted.stack)
        opened = services.opening.prepare(wanted.email, services.clock(), verified=True)
        user = opened.user
        services.line_opening.open(user.account_id, user.user_id, USD, opened.writes, verified=user.email_verified)
    except (Failure, LostRace, NoStack) as failure:
        return _refused(failure)
    print(f"account {opened.user.account_id}\nuser    {opened.user.user_id}\ntoken   {opened.token.secret}")
    return 0


def credit(arguments: Sequence[str]) -> int:
    """Book an adjustment. AMOUNT is in dollars and may be negative."""
    options = parser("credit", credit.__doc__ or "")
    options.add_argument("account", help="an account's id or its user's e-mail address")
    options.add_argument("amount", help="dollars, such as 25.00 or -3.5")
    options.add_argument("--reason", required=True, help="what the account's owner reads in the history")
    options.add_argument("--reference", help="books once for each reference; minted and printed when left out")
    wanted = options.parse_args(_with_negative_amount(arguments))
    try:
        services = connect(wanted.stack)
        account_id = account_of(services, wanted.account)
        amount = USD.parse(wanted.amount.strip(), field="amount")
        reference = wanted.reference or services.ids.new("adjm", services.clock())
        print(f"reference {reference}", flush=True)
        adjusted = services.adjustments.adjust(account_id, amount, _checked_reason(wanted.reason), reference)
    except (Failure, NoStack) as failure:
        return _refused(failure)
    if adjusted.entry is None:
        print("This reference was booked before with this amount. Nothing was changed.")
    else:
        print(f"booked {USD.show(amount)} USD as entry {adjusted.entry.sequence}")
    _print(_outlook(services, account_id))
    return 0


def show(arguments: Sequence[str]) -> int:
    """How an account stands."""
    options = parser("show", show.__doc__ or "")
    options.add_argument("account", help="an account's id or its user's e-mail address")
    wanted = options.parse_args(arguments)
    try:
        services = connect(wanted.stack)
        account_id = account_of(services, wanted.account)
        _print(_outlook(services, account_id))
        _print_account(services, account_id)
    except (Failure, NoStack) as failure:
        return _refused(failure)
    return 0


def account_of(services: Services, text: str) -> str:
    """The id of the account that is meant. Raises Invalid or NotFound."""
    if is_id("acct", text):
        return services.books_store.account(text).account_id
    return services.users.of_email(text).account_id


def _outlook(services: Services, account_id: str) -> Outlook:
    return outlook(services.books_store.account(account_id), services.clock(), services.config.policy)


def _print(seen: Outlook) -> None:
    print(f"balance     {USD.show(seen.balance)} {seen.currency or 'no currency chosen'}")
    print(f"rate        {USD.show(seen.rate_per_hour)} an hour")
    print(f"status      {seen.status}")
    print(f"runs out at {iso_or_none(seen.runs_out_at) or 'never'}")
    print(f"as of       {iso(seen.as_of)}\n{seen.message}")


def _print_account(services: Services, account_id: str) -> None:
    account, meters, now = services.reader.settled(account_id)
    print(f"\naccount     {account_id}, version {account.version}, journal entries {account.sequence}")
    print(f"e-mail      {'verified' if account.verified else 'not verified: nothing can be rented'}")
    for meter in sorted(meters, key=lambda meter: meter.meter_id):
        state = "ended" if not meter.live else f"{USD.show(meter.price)} an hour"
        print(f"{meter.kind:8}    {meter.meter_id} {meter.name} ({meter.code}), {state}, {meter.units_at(now)} units")
    for rental in services.rentals.page(account_id, None, 100).rentals:
        print(f"server      {rental.rental_id} {rental.name} {rental.status}, wished {rental.wish}, {rental.server_id}")


def _checked_reason(reason: str) -> str:
    """One printable line of at most 200 characters: it is shown in the history and in e-mails."""
    return "".join(character for character in reason if character.isprintable()).strip()[:200] or "Adjustment"


def _with_negative_amount(arguments: Sequence[str]) -> list[str]:
    """Let -3.5 be an amount and not an option."""
    return [f" {text}" if text[:1] == "-" and text[1:2].isdigit() else text for text in arguments]


def _refused(failure: Exception) -> int:
    print(str(failure) or type(failure).__name__, file=sys.stderr)
    return 1
