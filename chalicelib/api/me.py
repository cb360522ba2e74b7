"""Who calls."""

from typing import TYPE_CHECKING

from chalice.app import Blueprint

from chalicelib.api.shapes_credentials import Me, NewName
from chalicelib.api.view import Access, Call, operation
from chalicelib.billing.outlook import outlook
from chalicelib.bootstrap import services
from chalicelib.errors import Unavailable

if TYPE_CHECKING:
    from chalicelib.accounts.profile import Person

blueprint = Blueprint(__name__)


@operation(blueprint, "GET", "/api/v1/me", answer=Me, summary="Who calls")
def get_me(call: Call[None]) -> Me:
    """The user, their account, and how they log in."""
    return me_of(services().profile.get(call.principal.user_id))


@operation(
    blueprint, "POST", "/api/v1/me", body=NewName, answer=Me, access=Access.IN_PERSON, summary="Change one's name",
    refusals=(Unavailable,),
)
def change_me(call: Call[NewName]) -> Me:
    """E-mails greet with it."""
    return me_of(services().profile.rename(call.principal.user_id, call.asked.name))


def me_of(person: "Person") -> Me:
    """A user as they see themselves."""
    user, known = person.user, person.credentials
    account = services().books_store.account(user.account_id)
    seen = outlook(account, services().clock(), services().config.policy)
    return Me(
        user_id=user.user_id,
        account_id=user.account_id,
        email=user.email,
        email_verified=user.email_verified,
        name=user.name,
        currency=seen.currency,
        status=seen.status,
        second_factor=known.has_second_factor,
        recovery_codes_left=len(known.recovery_hashes),
        has_password=known.password_hash is not None,
        google_linked=known.google_subject is not None,
    )
