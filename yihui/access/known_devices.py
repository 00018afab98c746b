"""Devices on which an officer logged in as a whole: a token in the browser that strangers' tries can't lock out.

The token opens nothing. It only lets the tries of its device be counted apart from those of strangers.

*Source*: OWASP, Slow Down Online Guessing Attacks with Device Cookies.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

DEVICE_LIFETIME = timedelta(days=180)


def create_device_token(key: bytes, login: str, now: datetime) -> str:
    """Return a token for a device on which a login was just right as a whole."""
    number, until = secrets.token_urlsafe(12), int((now + DEVICE_LIFETIME).timestamp())
    return f"{number}.{until}.{_sign(key, login, number, until)}"


def find_known_device(key: bytes, login: str, token: str, now: datetime) -> str | None:
    """Return the number of the device that a token names; None if it is forged, over, or for another login."""
    number, _, rest = token.partition(".")
    end, _, signature = rest.partition(".")
    if not (end.isascii() and end.isdecimal() and len(end) < 12):
        return None
    is_right = hmac.compare_digest(
        _sign(key, login, number, int(end)).encode(), signature.encode("utf-8", "replace")
    )
    return number if is_right and now.timestamp() < int(end) else None


def _sign(key: bytes, login: str, number: str, until: int) -> str:
    text = f"{login}\0{number}\0{until}"
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
