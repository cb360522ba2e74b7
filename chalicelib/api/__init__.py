"""HTTP in: one blueprint for each audience and noun. The front door comes first: no view works without it."""

from chalicelib.api import (
    balance,
    cli_connect,
    cli_create,
    cli_keys,
    cli_login,
    cli_rented,
    cli_self_hosted,
    cli_tokens,
    document,
    front,
    google,
    health,
    history,
    keys,
    notifications,
    offers,
    payables,
    rentals,
    sessions,
    sign_up,
    tokens,
    withdrawals,
)

BLUEPRINTS = tuple(
    module.blueprint
    for module in (
        front,
        health,
        document,
        sign_up,
        sessions,
        google,
        balance,
        history,
        offers,
        rentals,
        payables,
        keys,
        tokens,
        notifications,
        withdrawals,
        cli_tokens,
        cli_login,
        cli_keys,
        cli_connect,
        cli_rented,
        cli_create,
        cli_self_hosted,
    )
)
