"""The text of a signed token, and its verification.

The text is ``YH1`` and, in base32 (RFC 4648, no padding): purpose (1 byte), key id (4), minute slot (4), the
subject in ASCII, signature (64). Base32 stays in the QR code's alphanumeric mode, where a byte takes 8.8
bits (base45: 8.25; base64url: 10.7), and, unlike base45, needs no escape in a URL.
"""

import base64
import binascii
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Literal

from members.tokens.faults import TOKEN_FAULTS, TokenRefused
from members.tokens.keys import PublicKeys

Purpose = Literal["card", "organisation"]

SLOT_S = 60
MAX_SUBJECT_CHARS = 40
_FAMILY, _VERSION = "YH", "1"
_NUMBERS: MappingProxyType[Purpose, int] = MappingProxyType({"card": 1, "organisation": 2})
_PURPOSES = {number: purpose for purpose, number in _NUMBERS.items()}
_HEAD = struct.Struct(">B4sI")
_SIGNATURE_BYTES = 64
_DOMAIN = b"yihui token 1\0"  # what is signed begins with it, so that no other signature of the key fits
_SUBJECT = re.compile(rf"[A-Za-z0-9-]{{1,{MAX_SUBJECT_CHARS}}}")
_FORM = re.compile(rf"{_FAMILY}([0-9])([A-Z2-7]{{1,400}})")
MAX_AGE = timedelta(minutes=2)
ALLOWED_SKEW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A parsed token; nothing of it is proven before ``verify_token``."""

    purpose: Purpose
    key_id: str
    slot: int
    subject: str
    signed: bytes
    signature: bytes

    @property
    def issued_at(self) -> datetime:
        """Return the instant at which the token's minute began."""
        return datetime.fromtimestamp(self.slot * SLOT_S, UTC)


def slot_at(moment: datetime) -> int:
    """Return the number of the minute of an instant."""
    return int(moment.timestamp()) // SLOT_S


def slot_seconds_left(moment: datetime) -> int:
    """Return for how many seconds a card still shows the token of an instant."""
    return SLOT_S - int(moment.timestamp()) % SLOT_S


def build_token_text(
    purpose: Purpose, key_id: str, subject: str, moment: datetime, sign: Callable[[bytes], bytes]
) -> str:
    """Return the signed text of a subject, which is a number of ours and never personal data."""
    assert _SUBJECT.fullmatch(subject), f"{subject!r} can't be the subject of a token"
    body = _HEAD.pack(_NUMBERS[purpose], bytes.fromhex(key_id), slot_at(moment)) + subject.encode()
    return _FAMILY + _VERSION + base64.b32encode(body + sign(_DOMAIN + body)).decode().rstrip("=")


def is_signed_token(text: str) -> bool:
    """Return whether a text has the form of a signed token rather than of a voucher's code."""
    return _FORM.fullmatch(_normalise(text)) is not None


def parse_token(text: str) -> SignedToken:
    """Parse a scanned text. *Raises*: TokenRefused (not_ours, newer_version)."""
    form = _FORM.fullmatch(_normalise(text))
    if form is None:
        raise TokenRefused(TOKEN_FAULTS.build("not_ours"))
    version, letters = form.groups()
    if version != _VERSION:
        raise TokenRefused(TOKEN_FAULTS.build("newer_version", version=version))
    data = _decode(letters)
    body, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if len(body) <= _HEAD.size:
        raise TokenRefused(TOKEN_FAULTS.build("not_ours"))
    number, key, slot = _HEAD.unpack_from(body)
    subject = body[_HEAD.size :].decode("ascii", "replace")
    if number not in _PURPOSES or not _SUBJECT.fullmatch(subject):
        raise TokenRefused(TOKEN_FAULTS.build("not_ours"))
    return SignedToken(_PURPOSES[number], key.hex(), slot, subject, _DOMAIN + body, signature)


def _normalise(text: str) -> str:
    """Return the text as it was printed: some scanners add a line end, some write small letters."""
    text = text.strip()
    return text.upper() if text.isascii() else text


def _decode(letters: str) -> bytes:
    """Return the bytes of a text. Only one text is valid for the same bytes, so that no second text verifies.

    *Raises*: TokenRefused.
    """
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except binascii.Error as error:
        raise TokenRefused(TOKEN_FAULTS.build("not_ours")) from error
    if base64.b32encode(data).decode().rstrip("=") != letters:
        raise TokenRefused(TOKEN_FAULTS.build("not_ours"))
    return data


def verify_token(text: str, keys: PublicKeys, purpose: Purpose) -> SignedToken:
    """Return a token whose signature is ours; its age is not looked at. *Raises*: TokenRefused."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    token = parse_token(text)
    if token.key_id in keys.retired:
        raise TokenRefused(TOKEN_FAULTS.build("retired_key", key=token.key_id))
    public = keys.keys.get(token.key_id)
    if public is None:
        raise TokenRefused(TOKEN_FAULTS.build("foreign_key", key=token.key_id))
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(token.signature, token.signed)
    except InvalidSignature as error:
        raise TokenRefused(TOKEN_FAULTS.build("forged")) from error
    if token.purpose != purpose:
        raise TokenRefused(TOKEN_FAULTS.build("other_purpose"))
    return token


def verify_fresh_token(
    text: str, keys: PublicKeys, now: datetime, *, union_now: datetime | None = None
) -> SignedToken:
    """Return the token that a card shows at this instant.

    A token is valid until it is two minutes old, counted from the beginning of its minute. ``now`` is the
    verifier's clock; ``union_now``, if it is known, tells a wrong clock apart from an old token.

    *Raises*: TokenRefused.
    """
    token = verify_token(text, keys, "card")
    if union_now is not None and abs(now - union_now) > ALLOWED_SKEW:
        raise TokenRefused(TOKEN_FAULTS.build("wrong_till_clock", minutes=_minutes(abs(now - union_now))))
    age = now - token.issued_at
    if age > MAX_AGE:
        raise TokenRefused(TOKEN_FAULTS.build("screenshot", seconds=int(age.total_seconds())))
    if -age > ALLOWED_SKEW:
        raise TokenRefused(TOKEN_FAULTS.build("wrong_clock", minutes=_minutes(-age)))
    return token


def _minutes(difference: timedelta) -> int:
    return -(-int(difference.total_seconds()) // 60)
