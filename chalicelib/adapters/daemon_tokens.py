"""Daemon tokens as JWTs, signed with HS256 and nothing else."""

import jwt

from chalicelib.instances.daemon_token import ISSUER, SIGNED_FOR, DaemonToken, Opened
from chalicelib.signing import Signer

ALGORITHM = "HS256"
LONGEST_TOKEN = 1024
_CLAIMS = ["iss", "sub", "acct", "jti", "iat"]


class JwtSeal:
    """A TokenSeal."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer

    def sealed(self, token: DaemonToken) -> str:
        """The newest secret signs."""
        claims = {
            "iss": ISSUER,
            "sub": token.machine_id,
            "acct": token.account_id,
            "jti": token.token_id,
            "iat": token.issued_at,
        }
        return jwt.encode(claims, self._signer.keys(SIGNED_FOR)[0], algorithm=ALGORITHM)

    def opened(self, text: str) -> Opened | None:
        """Every secret that counts is tried. When it was issued is not held against our clock: the record decides."""
        if len(text) > LONGEST_TOKEN:
            return None
        for place, key in enumerate(self._signer.keys(SIGNED_FOR)):
            token = _read(text, key)
            if token is not None:
                return Opened(token, signed_by_newest=place == 0)
        return None


def _read(text: str, key: bytes) -> DaemonToken | None:
    options = {"require": _CLAIMS, "verify_iat": False}
    try:
        claims = jwt.decode(text, key, algorithms=[ALGORITHM], issuer=ISSUER, options=options)  # type: ignore[arg-type]
    except jwt.InvalidTokenError:
        return None
    machine_id, account_id, token_id, issued_at = (claims[name] for name in _CLAIMS[1:])
    if not (isinstance(account_id, str) and type(issued_at) is int):
        return None
    return DaemonToken(str(machine_id), account_id, str(token_id), issued_at)
