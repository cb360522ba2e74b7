"""Who may start what: the check before a rental, a start or a service. docs/rules.md, "Renting"."""

from chalicelib.billing.account import Account
from chalicelib.billing.books import State, check_open, is_suspended
from chalicelib.billing.spending import cap_reached, spending
from chalicelib.billing.verified import check_verified
from chalicelib.clock import in_words
from chalicelib.errors import Conflict, PaymentRequired
from chalicelib.money import show_dollars, to_units


def admit(state: State, added_price: int) -> None:
    """Refuse unless the account is verified and active, and its balance covers one hour of all that is live and added.

    `added_price` is in micro-dollars per hour: 0 for a rental that is live already. Whoever passes must commit on the
    version that was read, so that two requests can not both pass on money that is enough for one.
    """
    check(state.account.folded(state.moment), added_price)


def check(account: Account, added_price: int) -> None:
    """The same for a settled account at its second."""
    check_open(account)
    check_verified(account)
    if account.currency is None:
        raise Conflict("Choose the account's currency first.", code="currency_not_chosen")
    if is_suspended(account):
        missing = show_dollars(account.restore_missing)
        message = f"The account is suspended. Top up at least {missing} to restore it."
        raise Conflict(message, code="account_suspended")
    check_cap(account)
    needed = account.totals.hourly_need + added_price
    if account.balance_units(account.at) < to_units(needed):
        missing_amount = needed - account.balance(account.at)
        raise PaymentRequired(
            "Insufficient balance: one hour of everything you rent, with this, costs "
            f"{show_dollars(needed)}. Top up at least {show_dollars(missing_amount)}."
        )


def check_cap(account: Account) -> None:
    """Refuse what would start something after the account has used its monthly cap."""
    if cap_reached(account):
        seen = spending(account)
        message = (
            f"The spending cap of {show_dollars(seen.cap or 0)} a month is reached: {show_dollars(seen.spent)} used. "
            f"Raise or remove it, or wait until {in_words(seen.month_ends_at)}."
        )
        raise Conflict(message, code="spending_cap_reached")


def check_limit(account: Account) -> None:
    """Refuse one more rental than the account's limit."""
    if account.totals.live_rentals >= account.rental_limit:
        raise Conflict(
            f"You rent {account.totals.live_rentals} of at most {account.rental_limit} servers. "
            "Terminate one, or ask us for a higher limit.",
            code="rental_limit_reached",
        )


def admit_rental(state: State, full_price: int, name: str) -> None:
    """The check of a new rental: the account's limit and the name, too."""
    check_verified(state.account)
    if any(meter.live and meter.name == name for meter in state.meters):
        message = f'You already rent a server named "{name}". Choose another name.'
        raise Conflict(message, code="name_taken", field="name")
    check_limit(state.account)
    admit(state, full_price)
