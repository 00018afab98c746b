"""Check tokens of the identity provider. Pure: the keys and the instant are arguments.

*Source*: OpenID Connect Core 1.0, 3.1.3.7; Back-Channel Logout 1.0, 2.6; RFC 8725.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, ClaimError, ExpiredTokenError, JoseError
from joserfc.jwk import Key

from core.faults import FaultError
from yihui.access.oidc_logins import OIDC_FAULTS
from yihui.runtime.settings import OidcAccess

SKEW = timedelta(seconds=60)  # by so much the provider's clock and ours may differ
MAX_TOKEN_BYTES = 16 << 10
# Asymmetric ones only: neither “none”, nor HS256, for which a public key could be taken as the secret.
ALGORITHMS = (
    *(f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)),
    "EdDSA",
    "Ed25519",
)
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_AGE = timedelta(minutes=10)
_LONGEST_ID = 255
_LONGEST_NAME = 60

FindKey = Callable[[str | None, str], Key | None]
"""Find the provider's key by its id and the algorithm; None if there is none."""
_CODES = {"iss": "issuer", "aud": "audience", "azp": "audience", "nonce": "nonce"}


@dataclass(frozen=True, slots=True)
class TokenExpectation:
    """What an ID token must say for this log-in."""

    nonce: str
    authenticated_since: datetime  # no earlier log-in at the provider counts
    access_token: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who logged in at the provider. ``factors`` is what the provider says of how."""

    subject: str
    authenticated_at: datetime
    provider_session: str | None
    factors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogoutNotice:
    """Whose sessions a provider ends."""

    token_id: str
    expires_at: datetime
    subject: str | None
    provider_session: str | None


def verify_id_token(
    token: str, access: OidcAccess, find_key: FindKey, expected: TokenExpectation, now: datetime
) -> Identity:
    """Return who logged in. *Raises*: FaultError in words, for each thing that can be wrong."""
    header, claims = decode_token(token, find_key)
    checked = CodeIDToken(
        claims,
        header,
        options={
            "iss": {"essential": True, "value": access.issuer},
            "aud": {"essential": True, "value": access.client_id},
            "auth_time": {"essential": True},
            "nonce": {"essential": True},
        },
        params={
            "nonce": expected.nonce,
            "client_id": access.client_id,
            "access_token": expected.access_token,
        },
    )
    validate_by(lambda: checked.validate(now=int(now.timestamp()), leeway=seconds_of(SKEW)))
    subject = read_text(claims, "sub", required=True)
    assert subject is not None
    authenticated_at = read_instant(claims, "auth_time")
    if authenticated_at > now + SKEW:
        raise _fault("future", field="auth_time")
    if authenticated_at < expected.authenticated_since - SKEW:
        raise _fault("stale", field="auth_time")
    return Identity(
        subject, min(authenticated_at, now), read_text(claims, "sid"), _require_factors(claims, access)
    )


def verify_logout_token(token: str, access: OidcAccess, find_key: FindKey, now: datetime) -> LogoutNotice:
    """Return whose sessions end. *Raises*: FaultError. Whether it was used before, the caller asks."""
    header, claims = decode_token(token, find_key)
    if header.get("typ", "JWT") not in ("JWT", "logout+jwt", "application/logout+jwt"):
        raise _fault("no_logout_event", field="typ")
    events = claims.get("events")
    # An ID token has a nonce and no event: it must not end sessions, nor may this one log in.
    if not isinstance(events, dict) or not isinstance(events.get(_LOGOUT_EVENT), dict) or "nonce" in claims:
        raise _fault("no_logout_event", field="events")
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=seconds_of(SKEW),
        iss={"essential": True, "value": access.issuer},
        aud={"essential": True, "value": access.client_id},
        iat={"essential": True},
        jti={"essential": True},
    )
    validate_by(lambda: registry.validate(claims))
    issued_at = read_instant(claims, "iat")
    if issued_at < now - _LOGOUT_AGE:
        raise _fault("expired", field="iat")
    token_id, subject, session = (
        read_text(claims, "jti", required=True),
        read_text(claims, "sub"),
        read_text(claims, "sid"),
    )
    if subject is None and session is None:
        raise _fault("claim", field="sub")
    assert token_id is not None
    # It is remembered for as long as it would be accepted.
    return LogoutNotice(token_id, issued_at + _LOGOUT_AGE + 2 * SKEW, subject, session)


def decode_token(token: str, find_key: FindKey) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and the claims of a token whose signature is right."""
    if len(token) > MAX_TOKEN_BYTES:
        raise _fault("long_token", value=len(token), most=MAX_TOKEN_BYTES)
    header = _read_header(token)
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS:
        raise _fault("algorithm", field="alg", value=str(algorithm)[:_LONGEST_NAME])
    if "crit" in header:
        raise _fault("critical", field="crit")
    if key_id is not None and not isinstance(key_id, str):
        raise _fault("malformed", field="kid")
    key = find_key(key_id, algorithm)
    if key is None:
        raise _fault("unknown_key", field="kid")
    try:
        decoded = jwt.decode(token, key, algorithms=[algorithm])
    except BadSignatureError as error:
        raise _fault("signature") from error
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise _fault("malformed") from error
    return header, decoded.claims


def _read_header(token: str) -> dict[str, Any]:
    """Return the header before anything of the token is believed: it only chooses the key."""
    parts = token.split(".")
    try:
        header = json.loads(urlsafe_b64decode(parts[0] + "=" * (-len(parts[0]) % 4)))
    except (ValueError, RecursionError) as error:
        raise _fault("malformed") from error
    if len(parts) != 3 or not isinstance(header, dict):
        raise _fault("malformed")
    return header


def validate_by(validate: Callable[[], None]) -> None:
    try:
        validate()
    except ExpiredTokenError as error:
        raise _fault("expired", field="exp") from error
    except ClaimError as error:
        name = error.claim[:_LONGEST_NAME]
        is_early = "future" in error.description or "not yet" in error.description
        raise _fault("future" if is_early else _CODES.get(name, "claim"), field=name) from error
    except (JoseError, ValueError, TypeError, OverflowError) as error:
        raise _fault("claim", field="…") from error


def _require_factors(claims: Mapping[str, Any], access: OidcAccess) -> tuple[str, ...]:
    """Return how the officer logged in. *Raises*: FaultError if that is less than two factors."""
    acr = read_text(claims, "acr")
    methods = claims.get("amr", [])
    if not isinstance(methods, list):
        raise _fault("claim", field="amr")
    amr = [one for one in methods if isinstance(one, str)]
    wanted = bool(access.acr or access.amr)
    if wanted and acr not in access.acr and not set(amr) & set(access.amr):
        raise _fault("factors", field="acr")
    told = [one for one in ([acr] if acr else []) + amr if len(one) <= _LONGEST_NAME and one.isprintable()]
    named = [one for one in dict.fromkeys(told) if " " not in one]
    while len(" ".join(named)) > _LONGEST_NAME:
        named.pop()
    return tuple(named) or ("oidc",)


def read_text(claims: Mapping[str, Any], name: str, *, required: bool = False) -> str | None:
    """Return a claim that is a text of a usable length; None if it is missing and may be."""
    value = claims.get(name)
    if value is None and not required:
        return None
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_ID or not value.isprintable():
        raise _fault("claim", field=name)
    return value


def read_instant(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _fault("claim", field=name)
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise _fault("claim", field=name) from error


def seconds_of(span: timedelta) -> int:
    return int(span.total_seconds())


def _fault(
    code: str, *, field: str | None = None, value: object = None, most: int | None = None
) -> FaultError:
    most = seconds_of(SKEW) if most is None else most
    return FaultError(OIDC_FAULTS.build(code, field=field, value=value, most=most))
