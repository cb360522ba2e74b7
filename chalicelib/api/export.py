"""All that we keep about somebody, for them to take along."""

from collections.abc import Sequence

from chalice.app import Blueprint

from chalicelib.api.cursor import cursor_at
from chalicelib.api.keys import keys_of
from chalicelib.api.machines import self_hosted_of
from chalicelib.api.me import me_of
from chalicelib.api.notifications import notification_of
from chalicelib.api.rendering import balance_of, service_of, transaction_of
from chalicelib.api.rentals import rentals_of
from chalicelib.api.sessions import sessions_of
from chalicelib.api.shapes_accounts import NotificationPage
from chalicelib.api.shapes_billing import Service, TransactionPage
from chalicelib.api.shapes_leaving import Export
from chalicelib.api.shapes_machines import SelfHosted
from chalicelib.api.tokens import token_of
from chalicelib.api.view import Access, Call, operation
from chalicelib.billing.store import EntryFilter
from chalicelib.billing.usage import Kind
from chalicelib.bootstrap import services
from chalicelib.clock import iso
from chalicelib.errors import Unavailable

blueprint = Blueprint(__name__)

MOST = 1_000
"""Entries, rentals and messages, of each the newest: more would not fit into one answer of six megabytes."""


@operation(
    blueprint, "GET", "/api/v1/me/export", answer=Export, access=Access.IN_PERSON,
    summary="All that we keep about who asks", refusals=(Unavailable,),
)
def export_me(call: Call[None]) -> Export:
    """Without secrets. Of history, rentals and notifications the newest thousand, and the cursors of what is older."""
    return _export(call)


def _export(call: Call[None]) -> Export:
    who, account_id, now = call.principal, call.account_id, services().clock()
    account = services().books_store.account(account_id)
    return Export(
        exported_at=iso(now),
        user=me_of(services().profile.get(who.user_id)),
        balance=balance_of(account, now, services().config.policy),
        tokens=[token_of(token, now) for token in services().tokens.list(account_id)],
        keys=keys_of(account_id),
        sessions=sessions_of(who, now),
        services=_services(account_id),
        rentals=rentals_of(account_id, None, MOST),
        self_hosted=_self_hosted(account_id),
        notifications=_notifications(account_id),
        transactions=_transactions(account_id),
    )


def _services(account_id: str) -> Sequence[Service]:
    account, meters, _ = services().reader.settled(account_id)
    return [service_of(meter, account) for meter in meters if meter.kind is Kind.SERVICE and meter.live]


def _self_hosted(account_id: str) -> Sequence[SelfHosted]:
    return [self_hosted_of(server) for server in services().self_hosted.all(account_id)]


def _notifications(account_id: str) -> NotificationPage:
    page = services().notifications.page(account_id, None, MOST)
    items = [notification_of(one) for one in page.notifications]
    return NotificationPage(items=items, next_cursor=cursor_at(page.next_cursor))


def _transactions(account_id: str) -> TransactionPage:
    page = services().history.page(account_id, EntryFilter(), None, MOST)
    items = [transaction_of(entry) for entry in page.entries]
    return TransactionPage(items=items, next_cursor=cursor_at(page.before))
