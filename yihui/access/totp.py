"""One-time codes of an officer's phone (TOTP, RFC 6238): six digits, a new one every 30 seconds.

The secret is stored encrypted under a key that the database doesn't hold.
"""

import re
import secrets
import unicodedata
from datetime import datetime
from hmac import compare_digest

from core.faults import FaultError
from yihui.access.accounts import LOGIN_FAULTS

STEP_S = 30
_TOLERATED_STEPS = 1  # before and after: a phone's clock may differ (RFC 6238, 5.2)
_ISSUER = "Yihui 驿惠"
_NONCE_BYTES = 12
_LONGEST_TYPED = 40


def create_totp_secret() -> str:
    """Return a new secret of 160 bits, in base 32."""
    import pyotp

    return pyotp.random_base32(32)


def parse_totp_code(text: str) -> str | None:
    """Return six digits, also of full-width ones and of groups; None for anything else.

    >>> parse_totp_code("１２３ 456")
    '123456'
    """
    if len(text) > _LONGEST_TYPED:
        return None
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text))
    return plain if re.fullmatch("[0-9]{6}", plain) else None


def find_totp_step(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """Return the step of a right code; None if the code is wrong, or not later than the last step used."""
    import pyotp

    totp, current = pyotp.TOTP(secret), int(now.timestamp()) // STEP_S
    found = None
    for step in range(current - _TOLERATED_STEPS, current + _TOLERATED_STEPS + 1):
        is_right = compare_digest(totp.generate_otp(step), code)
        if is_right and (last is None or step > last):
            found = step
    return found


def totp_address(secret: str, login: str) -> str:
    """Return the otpauth:// address that authenticator apps read from a QR code."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=_ISSUER)


def encrypt_totp_secret(key: bytes, account_id: int, secret: str) -> bytes:
    """Return the secret encrypted for one account: in another account's row it can't be read."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, secret.encode(), _place(account_id))


def decrypt_totp_secret(key: bytes, account_id: int, stored: bytes) -> str:
    """*Raises*: FaultError if the key is another one, or the stored bytes were changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, text = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, text, _place(account_id)).decode()
    except (InvalidTag, ValueError) as error:
        raise FaultError(LOGIN_FAULTS.build("secret_unreadable")) from error


def _place(account_id: int) -> bytes:
    return f"officer_accounts.totp_secret {account_id}".encode()
