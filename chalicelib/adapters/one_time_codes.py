"""TOTP by PyOTP, and the sealing of its secrets by AES-GCM of `cryptography`."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pyotp import TOTP

from chalicelib.accounts.second_factor import STEP_SECONDS, Opened
from chalicelib.ids import Ids
from chalicelib.signing import Signer

ISSUER = "TheStage AI"
SEALED_FOR = "seal"
_FORM = "1."
"""In front of what is sealed, for the day on which it is sealed otherwise."""
_NONCE_BYTES = 12


class PyotpCodes:
    """OneTimeCodes."""

    def code(self, secret: str, step: int) -> str:
        """The six digits of a step of 30 seconds."""
        return TOTP(secret, interval=STEP_SECONDS).generate_otp(step)

    def uri(self, secret: str, email: str) -> str:
        """The address that an authenticator app reads from a picture."""
        return TOTP(secret, interval=STEP_SECONDS).provisioning_uri(name=email, issuer_name=ISSUER)


class AesGcmSealer:
    """A Sealer: AES-256 in GCM, under keys of the deployment's secret. The owner's id is bound to what is sealed."""

    def __init__(self, signer: Signer, ids: Ids) -> None:
        self._signer = signer
        self._ids = ids

    def seal(self, text: str, owner: str) -> str:
        """Sealed by the newest key."""
        nonce = self._ids.key(_NONCE_BYTES)
        sealed = AESGCM(self._signer.keys(SEALED_FOR)[0]).encrypt(nonce, text.encode(), owner.encode())
        return _FORM + urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, owner: str) -> Opened | None:
        """By any key that counts."""
        if not sealed.startswith(_FORM):
            return None
        content = urlsafe_b64decode(sealed.removeprefix(_FORM))
        for place, key in enumerate(self._signer.keys(SEALED_FOR)):
            try:
                text = AESGCM(key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], owner.encode())
            except InvalidTag:
                continue
            return Opened(text.decode(), by_newest=place == 0)
        return None
