"""`python -m ops show`: how an account stands, in words, or with --json as it is kept."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from chalicelib.accounts.tokens import ApiToken
from chalicelib.billing.account import Account, Status
from chalicelib.billing.meters import Meter
from chalicelib.billing.outlook import Outlook, outlook
from chalicelib.billing.spending import cap_reached, spending
from chalicelib.bootstrap import Services
from chalicelib.clock import in_words, iso, iso_or_none
from chalicelib.errors import Failure
from chalicelib.instances.rental import Rental
from chalicelib.instances.status import Wish, label
from chalicelib.money import USD, to_micros
from ops.stack import NoStack, account_of, add_account, connect, parser, refused

_MOST_RENTALS = 100


def main(arguments: Sequence[str]) -> int:
    """How an account stands: balance, what is charged, servers and API tokens."""
    options = parser("show", main.__doc__ or "")
    add_account(options)
    options.add_argument("--json", action="store_true", help="the records as they are kept, for programs")
    wanted = options.parse_args(arguments)
    try:
        services = connect(wanted.stack)
        account_id = account_of(services, wanted.account)
        print(_raw(services, account_id) if wanted.json else "\n".join(_in_words(services, account_id)))
    except (Failure, NoStack) as failure:
        return refused(failure)
    return 0


def standing(services: Services, account_id: str) -> Iterator[str]:
    """Balance, rate and status, with what their owner is told."""
    seen = _outlook(services, account_id)
    yield f"balance     {USD.show(seen.balance)} {seen.currency or 'no currency chosen'}"
    yield f"rate        {USD.show(seen.rate_per_hour)} an hour"
    yield f"status      {seen.status}"
    yield f"runs out at {iso_or_none(seen.runs_out_at) or 'never'}"
    yield f"as of       {iso(seen.as_of)}\n{seen.message}"


def _outlook(services: Services, account_id: str) -> Outlook:
    return outlook(services.books_store.account(account_id), services.clock(), services.config.policy)


def _rentals(services: Services, account_id: str) -> Sequence[Rental]:
    return services.rentals.page(account_id, None, _MOST_RENTALS).rentals


def _raw(services: Services, account_id: str) -> str:
    """The account and its meters as settling would leave them. What opens a token is not kept, its hash not shown."""
    account, meters, _ = services.reader.settled(account_id)
    tokens = [token._asdict() for token in services.tokens.list(account_id)]
    kept: dict[str, Any] = {
        "account": asdict(account),
        "meters": [asdict(meter) for meter in meters],
        "rentals": [asdict(rental) for rental in _rentals(services, account_id)],
        "tokens": [{name: value for name, value in token.items() if name != "secret_hash"} for token in tokens],
    }
    return json.dumps(kept, indent=2, default=sorted)


def _in_words(services: Services, account_id: str) -> Iterator[str]:
    account, meters, now = services.reader.settled(account_id)
    yield from standing(services, account_id)
    yield from _facts(services, account.folded(now))
    yield from _section("Servers and services that are charged", (_meter(meter, account, now) for meter in meters))
    rentals = _rentals(services, account_id)
    yield from _section("Servers, the newest first", (_rental(rental, account) for rental in rentals))
    yield from _section("API tokens", (_token(token, now) for token in services.tokens.list(account_id)))


def _facts(services: Services, account: Account) -> Iterator[str]:
    yield f"\naccount     {account.account_id}"
    for user in services.users.of_account(account.account_id):
        yield f"e-mail      {'verified' if account.verified else 'not verified: nothing can be rented'}, {user.email}"
    yield f"servers     {account.totals.live_rentals} live, of at most {account.rental_limit}"
    yield f"history     {account.sequence} entries, after which the balance was {USD.show(account.ledger)}"
    if account.spending_cap is not None:
        cap, spent = USD.show(account.spending_cap), USD.show(spending(account).spent)
        yield f"spending    {spent} in this month, capped at {cap}{', reached' if cap_reached(account) else ''}"
    if account.closed_at is not None:
        yield f"closed      since {in_words(account.closed_at)}: nothing about it changes any more"
    if account.suspended_at is not None:
        yield f"suspended   since {in_words(account.suspended_at)}"


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    yield f"\n{title}:"
    shown = [f"  {line}" for line in lines]
    yield from shown or ["  none"]


def _meter(meter: Meter, account: Account, now: int) -> str:
    used = USD.show(to_micros(meter.units_at(now)))
    lease = "" if meter.lease_ends_at is None else f", to be stopped {in_words(meter.lease_ends_at)}"
    charge = _charge(meter, account) + lease
    return f"{meter.name} ({meter.kind} {meter.code}): {charge}; {used} not booked yet. {meter.meter_id}"


def _charge(meter: Meter, account: Account) -> str:
    if meter.ended_at is not None:
        return f"ended {in_words(meter.ended_at)}"
    if meter.price:
        return f"{USD.show(meter.price)} an hour, counted from {in_words(meter.since)}"
    return "nothing while the account is suspended" if account.suspended_at is not None else "nothing at present"


def _rental(rental: Rental, account: Account) -> str:
    state = label(rental.status, account_active=account.status is Status.ACTIVE)
    wish = "" if rental.wish is Wish.GONE else f", its owner wishes it {rental.wish}"
    trouble = "".join(f", {word}" for word in (rental.refusal, rental.failure) if word)
    where = f"{rental.rental_id}, {rental.server_id or 'no server'} at {rental.address or 'no address'}"
    since = in_words(rental.status_since)
    return f"{rental.name} ({rental.offer.instance_type}): {state} since {since}{wish}{trouble}. {where}"


def _token(token: ApiToken, now: int) -> str:
    used = (
        f"last used in the hour of {in_words(token.last_used_at)}" if token.last_used_at is not None else "never used"
    )
    return f"{token.description} ({token.prefix}...): {token.refusal(now) or 'active'}, {used}. {token.token_id}"
