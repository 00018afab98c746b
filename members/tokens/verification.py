"""Verify a signed token: pure, with the keys and the instant as arguments."""

from datetime import datetime, timedelta

from members.tokens.faults import TOKEN_FAULTS, TokenRefused
from members.tokens.keys import PublicKeys
from members.tokens.text import Purpose, SignedToken, parse_token

MAX_AGE = timedelta(minutes=2)
ALLOWED_SKEW = timedelta(minutes=1)


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
