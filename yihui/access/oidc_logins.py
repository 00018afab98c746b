"""Log-ins under way at the identity provider, and log-out tokens that were obeyed, as stored.

A log-in's nonce and PKCE verifier are derived from a secret in the browser's cookie: the database holds
nothing that finishes a log-in, and a state that leaks is of no use in another browser.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from core.faults import FaultError
from store import insert_into, update_row_if_matched
from yihui.access.oidc_faults import OIDC_FAULTS
from yihui.access.oidc_tables import oidc_logins, oidc_logout_tokens

LOGIN_LIFETIME = timedelta(minutes=10)
_KEPT = timedelta(days=1)  # so long a replay is told from an unknown log-in
_SECRET_BYTES = 32
_LONGEST_SECRET = 64


@dataclass(frozen=True, slots=True)
class LoginSecrets:
    """What the browser's secret gives for one log-in; the provider gets the verifier last (RFC 7636)."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PendingLogin:
    """A log-in that came back. ``session_id``: the session that it is to step up."""

    started_at: datetime
    return_to: str
    session_id: str | None


def create_browser_secret() -> str:
    """Return a new secret for the cookie of a browser."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def is_browser_secret(text: str) -> bool:
    """Return whether a cookie can be one of ours: its entropy is known only if we made it."""
    return len(text) == len(create_browser_secret()) and text.isascii() and text.isprintable()


def derive_secrets(browser_secret: str, state: str) -> LoginSecrets:
    """Return the nonce and the PKCE verifier of a state; the same ones each time."""
    return LoginSecrets(
        state, _derive(browser_secret, "nonce", state), _derive(browser_secret, "verifier", state)
    )


def begin_login(
    connection: Connection, browser_secret: str, return_to: str, session_id: str | None, now: datetime
) -> LoginSecrets:
    """Store a log-in that begins, and delete those of yesterday."""
    connection.execute(oidc_logins.delete().where(oidc_logins.c.started_at <= now - _KEPT))
    state = secrets.token_urlsafe(_SECRET_BYTES)
    connection.execute(
        oidc_logins.insert().values(
            state_digest=_digest(state),
            browser_digest=_digest(browser_secret),
            return_to=return_to,
            session_id=session_id,
            started_at=now,
        )
    )
    return derive_secrets(browser_secret, state)


def take_login(connection: Connection, browser_secret: str, state: str, now: datetime) -> PendingLogin:
    """Return a log-in that came back, and use it up. *Raises*: FaultError if it is none, or was used."""
    c = oidc_logins.c
    found = (
        None
        if not state or len(state) > _LONGEST_SECRET
        else connection.execute(select(oidc_logins).where(c.state_digest == _digest(state))).one_or_none()
    )
    if found is None or not hmac.compare_digest(found.browser_digest, _digest(browser_secret)):
        raise FaultError(OIDC_FAULTS.build("unknown_login", field="state"))
    unused = oidc_logins.update().where(c.state_digest == found.state_digest, c.used_at.is_(None))
    if not update_row_if_matched(connection, unused.values(used_at=now)):
        raise FaultError(OIDC_FAULTS.build("used_login", field="state"))
    if not timedelta(0) <= now - found.started_at <= LOGIN_LIFETIME:
        minutes = int(LOGIN_LIFETIME.total_seconds() // 60)
        raise FaultError(OIDC_FAULTS.build("old_login", field="state", minutes=minutes))
    return PendingLogin(found.started_at, found.return_to, found.session_id)


def use_logout_token(
    connection: Connection, issuer: str, token_id: str, expires_at: datetime, now: datetime
) -> None:
    """Record a log-out token. *Raises*: FaultError if it was recorded before."""
    c = oidc_logout_tokens.c
    connection.execute(oidc_logout_tokens.delete().where(c.expires_at <= now))
    statement = insert_into(connection, oidc_logout_tokens).values(
        token_digest=_digest(f"{issuer}\0{token_id}"), seen_at=now, expires_at=expires_at
    )
    if connection.execute(statement.on_conflict_do_nothing().returning(c.token_digest)).first() is None:
        raise FaultError(OIDC_FAULTS.build("used_token", field="jti"))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _derive(browser_secret: str, purpose: str, state: str) -> str:
    key = hmac.new(browser_secret.encode(), f"oidc {purpose} {state}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(key).rstrip(b"=").decode()
