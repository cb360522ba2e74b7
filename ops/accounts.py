"""The operator's commands that change accounts: open, credit, limit, disable a token."""

import argparse
from collections.abc import Sequence

from chalicelib.clock import in_words
from chalicelib.errors import Failure, LostRace
from chalicelib.money import USD
from ops.show import standing
from ops.stack import NoStack, account_of, add_account, connect, parser, refused


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
        return refused(failure)
    print(f"account {opened.user.account_id}\nuser    {opened.user.user_id}\ntoken   {opened.token.secret}")
    return 0


def credit(arguments: Sequence[str]) -> int:
    """Book an adjustment. AMOUNT is in dollars and may be negative."""
    options = parser("credit", credit.__doc__ or "")
    add_account(options)
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
        return refused(failure)
    if adjusted.entry is None:
        print("This reference was booked before with this amount. Nothing was changed.")
    else:
        print(f"booked {USD.show(amount)} USD as entry {adjusted.entry.sequence}")
    print("\n".join(standing(services, account_id)))
    return 0


def set_rental_limit(arguments: Sequence[str]) -> int:
    """How many servers an account may rent at once. A lower number ends nothing that is rented."""
    options = parser("set-rental-limit", set_rental_limit.__doc__ or "")
    add_account(options)
    options.add_argument("limit", type=_whole, help="live rentals at most")
    wanted = options.parse_args(arguments)
    try:
        services = connect(wanted.stack)
        account = services.limits.set_rental_limit(account_of(services, wanted.account), wanted.limit)
    except (Failure, NoStack) as failure:
        return refused(failure)
    print(
        f"{account.account_id} may rent {account.rental_limit} servers at once, and rents {account.totals.live_rentals}"
    )
    return 0


def disable_token(arguments: Sequence[str]) -> int:
    """Disable an API token, at once and for good. `show` lists the tokens of an account with their ids."""
    options = parser("disable-token", disable_token.__doc__ or "")
    add_account(options)
    options.add_argument("token_id", help="its id, tokn_..., not the secret")
    wanted = options.parse_args(arguments)
    try:
        services = connect(wanted.stack)
        account_id = account_of(services, wanted.account)
        token = services.tokens.disable(account_id, wanted.token_id, services.clock())
    except (Failure, NoStack) as failure:
        return refused(failure)
    since = in_words(token.disabled_at or 0)
    print(f"{token.token_id} ({token.description}, {token.prefix}...) is disabled since {since}")
    return 0


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise argparse.ArgumentTypeError(f"a whole number is needed, not {text!r}")
    return int(text)


def _checked_reason(reason: str) -> str:
    """One printable line of at most 200 characters: it is shown in the history and in e-mails."""
    return "".join(character for character in reason if character.isprintable()).strip()[:200] or "Adjustment"


def _with_negative_amount(arguments: Sequence[str]) -> list[str]:
    """Let -3.5 be an amount and not an option."""
    return [f" {text}" if text[:1] == "-" and text[1:2].isdigit() else text for text in arguments]
