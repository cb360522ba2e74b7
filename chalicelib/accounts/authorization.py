"""What a command that wants to be logged in asks for, and how it is held to what is fixed. See cli_login.py.

docs/rules.md, "Accounts"; RFC 6749, RFC 7636 (S256 alone), RFC 8252.
"""

import re
from typing import NamedTuple

from chalicelib.errors import Invalid

CLIENT_ID = "THESTAGE_CLI"

_REDIRECT = r"http://localhost:(?P<port>[1-9][0-9]{0,4})/thestageai-oauth-code"
"""The command listens on any port; everything else of the address is fixed, to the letter."""
_CHALLENGE = r"[A-Za-z0-9_-]{43}"
_STATE = r"[!-~]{8,256}"
_LAST_PORT = 65_535


class Authorization(NamedTuple):
    """What the command asks the browser for, as it stands in the address."""

    response_type: str
    client_id: str
    redirect_uri: str
    code_challenge: str
    code_challenge_method: str
    state: str

    def checked(self) -> "Authorization":
        """The same if it is in order. Raises Invalid: the browser is then sent nowhere."""
        if self.client_id != CLIENT_ID:
            raise Invalid("This client is not known.", code="invalid_client", field="client_id")
        match = re.fullmatch(_REDIRECT, self.redirect_uri, re.ASCII)
        if match is None or int(match["port"]) > _LAST_PORT:
            raise Invalid("This client is not answered there.", code="invalid_redirect_uri", field="redirect_uri")
        if self.response_type != "code":
            message = "Only the response type code is offered."
            raise Invalid(message, code="unsupported_response_type", field="response_type")
        if self.code_challenge_method != "S256" or re.fullmatch(_CHALLENGE, self.code_challenge, re.ASCII) is None:
            message = "A code challenge by S256 is needed."
            raise Invalid(message, code="invalid_code_challenge", field="code_challenge")
        if re.fullmatch(_STATE, self.state, re.ASCII) is None:
            raise Invalid("A state of 8 to 256 characters is needed.", code="invalid_state", field="state")
        return self


class Exchange(NamedTuple):
    """What the command sends for a token."""

    grant_type: str
    code: str
    client_id: str
    redirect_uri: str
    code_verifier: str
