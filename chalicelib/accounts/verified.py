"""What takes a proven mailbox: until then one may look around. docs/rules.md, "Accounts"."""

from chalicelib.errors import Forbidden


def not_verified() -> Forbidden:
    """Why somebody may only look around."""
    message = "Verify your e-mail address first: open the link in the e-mail that we sent you."
    return Forbidden(message, code="email_not_verified")
