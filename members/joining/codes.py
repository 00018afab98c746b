"""One-time codes: make one, hash it under a key, compare it, and limit how often one number gets them."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from core.civil_time import CIVIL_TIME
from core.faults import Fault
from members.joining.faults import JOINING_FAULTS
from members.joining.request import JoinRefused

SHORTEST_PAUSE = timedelta(seconds=60)
SEND_PERIOD = timedelta(hours=24)  # in which a phone number gets so many codes
_CODE = re.compile(r"[0-9]{6}")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u200b\u2060\ufeff]")


def create_code() -> str:
    """Return six random digits."""
    return f"{secrets.randbelow(10**6):06}"


def parse_code(text: str) -> str:
    """Return the six digits of a typed code; blanks and full-width digits are read.

    *Raises*: JoinRefused if it isn't six digits; such a text is no attempt.
    """
    digits = _BETWEEN.sub("", unicodedata.normalize("NFKC", text))
    if _CODE.fullmatch(digits) is None:
        raise JoinRefused(JOINING_FAULTS.build("code_form", field="code"))
    return digits


def hash_text(key: bytes, purpose: str, *texts: str) -> str:
    """Return a keyed hash (HMAC-SHA-256); texts can't be shifted from one place into the next."""
    parts = [purpose, *(f"{len(text)}:{text}" for text in texts)]
    return hmac.new(key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def hash_code(key: bytes, request_id: str, code: str) -> str:
    """Return the form in which a code is stored; it is worth nothing for another request."""
    return hash_text(key, "code", request_id, code)


def is_right_code(key: bytes, request_id: str, code: str, digest: str | None) -> bool:
    """Return whether a code is the one of a digest, in the same time for all codes."""
    return hmac.compare_digest(hash_code(key, request_id, code), digest or "")


def find_throttle_fault(sent: Sequence[datetime], most: int, now: datetime) -> Fault | None:
    """Return the fault if one more code may not be sent now; ``sent`` are the instants of earlier ones, ``most`` of a day."""
    if not sent:
        return None
    pause = max(sent) + SHORTEST_PAUSE - now
    if pause > timedelta(0):
        seconds = -(-pause // timedelta(seconds=1))
        return JOINING_FAULTS.build("too_soon", field="phone", seconds=seconds)
    recent = sorted(instant for instant in sent if instant > now - SEND_PERIOD)
    if len(recent) < most:
        return None
    until = (recent[-most] + SEND_PERIOD).astimezone(CIVIL_TIME).isoformat(sep=" ", timespec="minutes")[:16]
    return JOINING_FAULTS.build("too_many_codes", field="phone", until=until)
