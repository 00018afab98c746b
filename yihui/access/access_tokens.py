"""Verify access tokens of the union's provider (client credentials). Pure: the keys and the instant are arguments.

*Source*: RFC 9068 (JWT profile for access tokens), 2.1, 2.2 and 4; RFC 8725 (JWT best practices), 3.1, 3.11.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
SKEW = timedelta(seconds=60)
MAX_TOKEN_CHARS = 8_192
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_OF_PERSONS = ("sid", "auth_time", "nonce")  # claims of a log-in: a program has none
_AGAIN = N_("fetch a new access token from the provider with the client's own credentials")
ACCESS_TOKEN_FAULTS = FaultTable(
    "access_token",
    {
        "form": (N_("the access token can't be read"), _AGAIN),
        "algorithm": (
            N_("the access token is signed by a method that is not accepted"),
            N_("let the provider sign by one of {known}"),
        ),
        "signature": (N_("the access token is not signed by the provider's keys"), _AGAIN),
        "type": (
            N_("the token is no access token by RFC 9068: its type is not at+jwt"),
            N_("let the provider issue access tokens of the type at+jwt for this client"),
        ),
        "issuer": (N_("the access token is of another issuer"), N_("fetch it from the provider {issuer}")),
        "audience": (
            N_("the access token is for another audience"),
            N_("let the provider add the audience {audience} for this client"),
        ),
        "expired": (N_("the access token has expired"), _AGAIN),
        "early": (
            N_("the access token begins in the future"),
            N_("set the clocks by the network; a minute's difference is allowed"),
        ),
        "claims": (
            N_("the access token lacks: {value}"),
            N_("let the provider add what RFC 9068 asks for"),
        ),
        "person": (
            N_("the access token is of a person's log-in, not of a program"),
            N_("fetch it with the grant type client_credentials"),
        ),
    },
)


class UnknownKeyError(Exception):
    """Raised for a token by a key that the given ones don't hold: the provider may have rotated it."""


@dataclass(frozen=True, slots=True)
class TokenTerms:
    """What an access token must say: who issued it, and for whom."""

    issuer: str
    audience: str


def is_token_text(text: str) -> bool:
    """Return whether a text has the form of a signed token."""
    return len(text) <= MAX_TOKEN_CHARS and _FORM.fullmatch(text) is not None


def verify_access_token(text: str, keys: "KeySet", terms: TokenTerms, now: datetime) -> str:
    """Return the client that a valid access token names.

    *Raises*: FaultError with all faults of the claims; UnknownKeyError.
    """
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError, JoseError, UnsupportedAlgorithmError

    if not is_token_text(text):
        raise FaultError(ACCESS_TOKEN_FAULTS.build("form"))
    try:
        token = jwt.decode(text, keys, algorithms=list(ALGORITHMS))
    except InvalidKeyIdError as error:
        raise UnknownKeyError from error
    except UnsupportedAlgorithmError as error:
        raise FaultError(ACCESS_TOKEN_FAULTS.build("algorithm", known=", ".join(ALGORITHMS))) from error
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        code = "signature" if type(error).__name__ == "BadSignatureError" else "form"
        raise FaultError(ACCESS_TOKEN_FAULTS.build(code)) from error
    if not isinstance(token.claims, dict):
        raise FaultError(ACCESS_TOKEN_FAULTS.build("form"))
    if faults := _faults(token.header, token.claims, terms, now):
        raise FaultError(faults)
    return str(token.claims["client_id"])


def _faults(
    header: Mapping[str, object], claims: Mapping[str, object], terms: TokenTerms, now: datetime
) -> list[Fault]:
    build = ACCESS_TOKEN_FAULTS.build
    faults: list[Fault] = []
    if str(header.get("typ", "")).lower() not in _TYPES:
        faults.append(build("type"))
    if claims.get("iss") != terms.issuer:
        faults.append(build("issuer", issuer=terms.issuer))
    audience = claims.get("aud")
    if terms.audience not in (audience if isinstance(audience, list) else [audience]):
        faults.append(build("audience", audience=terms.audience))
    missing = [name for name in ("client_id", "sub") if not _is_text(claims.get(name))]
    missing += [name for name in ("exp", "iat") if not _is_time(claims.get(name))]
    if "nbf" in claims and not _is_time(claims["nbf"]):
        missing.append("nbf")
    if missing:
        faults.append(build("claims", value=", ".join(missing)))
    at = now.timestamp()
    if _seconds(claims.get("exp"), at + 1) <= at - SKEW.total_seconds():
        faults.append(build("expired"))
    begins = max(_seconds(claims.get("iat"), at), _seconds(claims.get("nbf"), at))
    if begins > at + SKEW.total_seconds():
        faults.append(build("early"))
    if any(name in claims for name in _OF_PERSONS):
        faults.append(build("person"))
    return faults


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _seconds(value: object, otherwise: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
