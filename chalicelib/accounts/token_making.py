"""Making API tokens: by somebody in person, or by a token, whose own nothing outlives. docs/rules.md, "Accounts"."""

from dataclasses import dataclass

from chalicelib.accounts.principal import Principal
from chalicelib.accounts.tokens import ApiToken, Created, TokenOrder, Tokens
from chalicelib.errors import Forbidden, Invalid


@dataclass(frozen=True, slots=True)
class TokenMaking:
    """The use case of whoever calls."""

    tokens: Tokens

    def make(self, who: Principal, description: str, expires_at: int | None, now: int) -> Created:
        """A new token. One that a token asks for expires no later than that token, and ends with it.

        Raises Invalid, Forbidden for a token that was itself made by one, Conflict, Unavailable.
        """
        order = TokenOrder(who.account_id, who.user_id, who.display_name, description, expires_at)
        if who.token_id is not None:
            order = _bounded(order, self.tokens.get(who.account_id, who.token_id))
        return self.tokens.create(order, now)


def _bounded(order: TokenOrder, maker: ApiToken) -> TokenOrder:
    if maker.maker_id is not None:
        message = "This token was made by another, and makes none itself. Log in to make one."
        raise Forbidden(message, code="session_needed")
    expires_at = maker.expires_at if order.expires_at is None else order.expires_at
    if maker.expires_at is not None and expires_at is not None and expires_at > maker.expires_at:
        message = "A token that a token makes expires no later than that one. Log in to make one that lasts longer."
        raise Invalid(message, code="invalid_expiry", field="expires_at")
    return order._replace(expires_at=expires_at, maker_id=maker.token_id)
