"""Store log-ins under way at the identity provider and the log-out tokens that were obeyed; with their tables and faults.

A log-in's nonce and PKCE verifier are derived from a secret in the browser's cookie: the database holds
nothing that finishes a log-in, and a state that leaks is of no use in another browser.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Index, String, Table, Text, select

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from store import Instant, insert_into, metadata, update_row_if_matched

_AGAIN = N_("log in again")
_SHOW = N_("log in again; if it stays so, show this to whoever runs the identity provider")
_CLOCKS = N_(
    "set the clocks of this machine and of the provider by the network's time; {most} seconds may differ"
)
OIDC_FAULTS = FaultTable(
    "oidc",
    {
        "not_set_up": (
            N_("there is no log-in by an identity provider here"),
            N_("log in with a local account; docs/officers.md says how a provider is set up"),
        ),
        "too_many": (
            N_("too many log-ins were begun or refused from this network"),
            N_("try again in {minutes} minutes"),
        ),
        # Of the browser's way there and back:
        "no_browser_secret": (N_("this browser did not begin the log-in, or refuses cookies"), _AGAIN),
        "unknown_login": (N_("this log-in was not begun here, or is not of this browser"), _AGAIN),
        "used_login": (N_("this log-in is done already"), _AGAIN),
        "old_login": (N_("this log-in was begun more than {minutes} minutes ago"), _AGAIN),
        "provider_refused": (
            N_("the identity provider did not log you in: {value}"),
            N_("log in again; ask whoever runs the identity provider"),
        ),
        "no_code": (N_("the identity provider's answer holds no code"), _SHOW),
        "code_refused": (
            N_("the identity provider did not take its own code back: {value}"),
            _AGAIN,
        ),
        "other_provider": (N_("the answer is from another identity provider"), _SHOW),
        "no_id_token": (N_("the identity provider's answer holds no ID token"), _SHOW),
        # Of tokens:
        "long_token": (N_("the token has {value} bytes, more than {most}"), _SHOW),
        "malformed": (N_("the token can't be read"), _SHOW),
        "algorithm": (
            N_("the token is signed by “{value}”, which is not trusted"),
            N_("let the provider sign with an asymmetric key, by RS256 or ES256 for example"),
        ),
        "critical": (N_("the token demands an extension that is not known here"), _SHOW),
        "unknown_key": (
            N_("the token is signed with a key that the identity provider does not publish"),
            _SHOW,
        ),
        "signature": (N_("the token's signature is wrong"), _SHOW),
        "claim": (N_("the token's {field} is missing, or is not what was asked for"), _SHOW),
        "issuer": (N_("the token is from another issuer"), _SHOW),
        "audience": (N_("the token is for another program"), _SHOW),
        "expired": (N_("the token has expired"), _CLOCKS),
        "future": (N_("the token is from the future"), _CLOCKS),
        "nonce": (N_("the token belongs to another log-in"), _AGAIN),
        "stale": (
            N_("the identity provider did not ask for a fresh log-in"),
            N_("log out at the identity provider and log in again; docs/officers.md: max_age"),
        ),
        "factors": (
            N_("the identity provider did not check a second factor"),
            N_("register a phone or a key there, and log in again; docs/officers.md: YIHUI_OIDC_ACR"),
        ),
        # Of the officer:
        "unknown_account": (
            N_("no officer is linked to this account of the identity provider"),
            N_(
                "an administrator of your union types: yihui officers link OFFICER --issuer {issuer}"
                " --subject {subject}"
            ),
        ),
        "ended_account": (
            N_("this account may not log in any more"),
            N_("ask an administrator of your union"),
        ),
        "other_person": (
            N_("another person logged in than the one whose session it is"),
            N_("log out here, then log in again"),
        ),
        "session_over": (N_("the session ended meanwhile"), _AGAIN),
        # Of the provider's log-out:
        "no_logout_event": (N_("the token is no log-out token"), _SHOW),
        "used_token": (N_("this log-out token was used already"), _SHOW),
    },
)

# What is wrong with the provider, or with the way to it: the operator reads it in the log.
OIDC_PROVIDER_FAULTS = FaultTable(
    "oidc_provider",
    {
        "away": (
            N_("{url}: the identity provider can't be reached: {detail}"),
            N_("check the address in YIHUI_OIDC_ISSUER and the network"),
        ),
        "status": (
            N_("{url}: the identity provider answered with status {value}"),
            N_("check YIHUI_OIDC_ISSUER and the provider's log; redirects are not followed"),
        ),
        "too_much": (
            N_("{url}: the identity provider's answer is longer than {most} bytes"),
            N_("check the address in YIHUI_OIDC_ISSUER"),
        ),
        "too_slow": (
            N_("{url}: the identity provider's answer took more than {seconds} s"),
            N_("ask whoever runs the identity provider; try again later"),
        ),
        "unreadable": (
            N_("{url}: the identity provider's answer can't be used: {detail}"),
            N_("check YIHUI_OIDC_ISSUER; see docs/officers.md"),
        ),
        "other_issuer": (
            N_("{url} says that its issuer is “{value}”"),
            N_("write the issuer in YIHUI_OIDC_ISSUER exactly as the provider does"),
        ),
        "client_refused": (
            N_("the identity provider does not know this program, or its secret: {value}"),
            N_("check YIHUI_OIDC_CLIENT_ID and YIHUI_OIDC_CLIENT_SECRET"),
        ),
    },
)


_DIGEST = String(64)  # SHA-256 of a secret that is stored nowhere

oidc_logins = Table(
    "oidc_logins",
    metadata,
    Column("state_digest", _DIGEST, primary_key=True),
    Column("browser_digest", _DIGEST, nullable=False),  # of the secret in the cookie of the browser
    Column("return_to", Text, nullable=False),  # a path of the desk
    Column("session_id", String(32)),  # the session to be stepped up; None for a new one
    Column("started_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("ix_oidc_logins_started_at", "started_at"),
    comment="log-ins under way at the identity provider; nonce and PKCE verifier are derived from the cookie",
)

oidc_logout_tokens = Table(
    "oidc_logout_tokens",
    metadata,
    Column("token_digest", _DIGEST, primary_key=True),  # of the issuer and the token's jti
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_oidc_logout_tokens_expires_at", "expires_at"),
    comment="log-out tokens of the identity provider that were obeyed; each is obeyed once",
)


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
