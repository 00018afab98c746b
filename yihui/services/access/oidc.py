"""Log officers in by the union's identity provider, step their sessions up, and end them when it says so.

No transaction is open while the provider is asked. Every refusal is an audit entry that names no token.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from shlex import quote
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from sqlalchemy import Connection, Row, select

from core.faults import FaultError
from yihui.access.actor import UNKNOWN
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.oidc_logins import (
    OIDC_FAULTS,
    PendingLogin,
    begin_login,
    derive_secrets,
    is_browser_secret,
    take_login,
    use_logout_token,
)
from yihui.access.session_rows import bind_session
from yihui.access.sessions import (
    ABSOLUTE,
    EndReason,
    OpenedSession,
    Session,
    SessionKind,
    end_session,
    end_sessions_of_provider,
    find_session,
    open_session,
    step_up_session,
)
from yihui.access.tables import officer_accounts, officers
from yihui.bootstrap import Wiring
from yihui.services.access.oidc_provider import IdentityProvider, clean_code
from yihui.services.access.oidc_tokens import Identity, TokenExpectation, verify_id_token, verify_logout_token
from yihui.services.access.secret_marks import secret_marker

CALLBACK_PATH = "/desk/oidc/callback"
AFTER_LOGOUT_PATH = "/desk/login"
_LONGEST_CODE = 4096
_LOCALES = {"zh": "zh-CN zh"}


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that logs in: our origin as it sees it, its secret, its session's token, what it is."""

    origin: str
    secret: str = field(repr=False)
    session_token: str = field(default="", repr=False)
    device: str = ""


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What the provider's redirect brings back; absent parts are empty."""

    state: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class FinishedLogin:
    """A session, and the path of the desk to show next."""

    opened: OpenedSession
    return_to: str


def start_login(wiring: Wiring, browser: Browser, return_to: str, *, step_up: bool, language: str) -> str:
    """Begin a log-in and return the provider's address. ``step_up`` asks for a fresh one of the session's own.

    *Raises*: FaultError.
    """
    provider = _require_provider(wiring)
    endpoint, now = provider.authorization_endpoint, wiring.now()
    with wiring.database.write() as connection:
        session = find_session(connection, browser.session_token, now) if step_up else None
        if step_up and session is None:
            raise _fault("session_over")
        secrets = begin_login(connection, browser.secret, return_to, session.id if session else None, now)
    asked = {
        "nonce": secrets.nonce,
        "code_challenge": create_s256_code_challenge(secrets.verifier),
        "code_challenge_method": "S256",
        # With a longest age the provider must tell when the officer logged in (Core 1.0, 3.1.2.1).
        "max_age": "0" if session else str(int(ABSOLUTE.total_seconds())),
        "prompt": "login" if session else None,
        "acr_values": " ".join(provider.access.acr) or None,
        "ui_locales": _LOCALES.get(language, language),
    }
    address: str = prepare_grant_uri(
        endpoint,
        client_id=provider.access.client_id,
        response_type="code",
        redirect_uri=browser.origin + CALLBACK_PATH,
        scope="openid",
        state=secrets.state,
        **asked,
    )
    return address


def finish_login(wiring: Wiring, browser: Browser, answer: ProviderAnswer) -> FinishedLogin:
    """Open a session, or step one up, for whom the provider logged in. *Raises*: FaultError."""
    provider = _require_provider(wiring)
    try:
        pending = _take(wiring, browser, answer)
        identity = _identify(wiring, provider, browser, answer, pending)
        with wiring.database.write() as connection:
            account = _require_account(connection, provider.access.issuer, identity.subject)
            opened = _open(wiring, connection, browser, pending, identity, account)
        return FinishedLogin(opened, pending.return_to)
    except FaultError as error:
        _audit_refusal(wiring, provider, error)
        raise


def end_sessions_by_provider(wiring: Wiring, token: str) -> int:
    """End the sessions that a log-out token of the provider names; return how many. *Raises*: FaultError."""
    provider = _require_provider(wiring)
    try:
        now = wiring.now()
        notice = verify_logout_token(token, provider.access, provider.find_key, now)
        issuer = provider.access.issuer
        with wiring.database.write() as connection:
            use_logout_token(connection, issuer, notice.token_id, notice.expires_at, now)
            ended = end_sessions_of_provider(
                connection,
                issuer=issuer,
                provider_session=notice.provider_session,
                external_subject=notice.subject,
                now=now,
            )
        return len(ended)
    except FaultError as error:
        _audit_refusal(wiring, provider, error)
        raise


def provider_logout_address(wiring: Wiring, session: Session, origin: str, language: str) -> str | None:
    """Return where a session's officer logs out at the provider too; None for a session of a local account.

    The ID token isn't kept for a hint: the provider may ask the officer whether to log out.

    *Source*: OpenID Connect RP-Initiated Logout 1.0, 2.
    """
    provider = wiring.identity_provider
    if provider is None:
        return None
    with wiring.database.read() as connection:
        if _issuer_of(connection, session) != provider.access.issuer:
            return None
    try:
        endpoint = provider.end_session_endpoint
    except FaultError:  # our own session ends all the same, and the provider's by itself
        return None
    if endpoint is None:
        return None
    asked = {
        "client_id": provider.access.client_id,
        "post_logout_redirect_uri": origin + AFTER_LOGOUT_PATH,
        "ui_locales": _LOCALES.get(language, language),
    }
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def _require_provider(wiring: Wiring) -> IdentityProvider:
    if wiring.identity_provider is None:
        raise _fault("not_set_up")
    return wiring.identity_provider


def _take(wiring: Wiring, browser: Browser, answer: ProviderAnswer) -> PendingLogin:
    if not is_browser_secret(browser.secret):
        raise _fault("no_browser_secret")
    with wiring.database.write() as connection:
        return take_login(connection, browser.secret, answer.state, wiring.now())


def _identify(
    wiring: Wiring,
    provider: IdentityProvider,
    browser: Browser,
    answer: ProviderAnswer,
    pending: PendingLogin,
) -> Identity:
    named = answer.issuer or (None if provider.names_itself else provider.access.issuer)
    if named != provider.access.issuer:  # RFC 9207: another provider's code must not come back to this one
        raise _fault("other_provider")
    if answer.error:
        raise _fault("provider_refused", value=clean_code(answer.error))
    if not 0 < len(answer.code) <= _LONGEST_CODE:
        raise _fault("no_code")
    secrets = derive_secrets(browser.secret, answer.state)
    redirect = browser.origin + CALLBACK_PATH
    id_token, access_token = provider.fetch_tokens(answer.code, secrets.verifier, redirect)
    longest = timedelta(0) if pending.session_id else ABSOLUTE
    expected = TokenExpectation(secrets.nonce, pending.started_at - longest, access_token)
    return verify_id_token(id_token, provider.access, provider.find_key, expected, wiring.now())


def _require_account(connection: Connection, issuer: str, subject: str) -> Row[Any, Any, Any, Any]:
    """Return the account of an officer. *Raises*: FaultError, with the command that links it."""
    row = connection.execute(
        select(
            officer_accounts.c.id,
            officer_accounts.c.officer_id,
            officer_accounts.c.ended_at,
            officers.c.ended_at.label("officer_ended_at"),
        )
        .join(officers, officers.c.id == officer_accounts.c.officer_id)
        .where(officer_accounts.c.issuer == issuer, officer_accounts.c.external_subject == subject)
    ).one_or_none()
    if row is None:
        raise _fault("unknown_account", issuer=quote(issuer), subject=quote(subject))
    if row.ended_at is not None or row.officer_ended_at is not None:
        raise _fault("ended_account")
    return row


def _open(
    wiring: Wiring,
    connection: Connection,
    browser: Browser,
    pending: PendingLogin,
    identity: Identity,
    account: Row[Any, Any, Any, Any],
) -> OpenedSession:
    now = wiring.now()
    current = find_session(connection, browser.session_token, now)
    if pending.session_id is None:
        if current is not None:
            end_session(connection, current.id, EndReason.NEW_LOGIN, now)
        new = open_session(
            connection,
            officer_id=account.officer_id,
            account_id=account.id,
            kind=SessionKind.BROWSER,
            factors=identity.factors,
            device=browser.device,
            provider_session=identity.provider_session,
            now=now,
            authenticated_at=identity.authenticated_at,
        )
        return bind_session(secret_marker(wiring), new)
    if current is None or current.id != pending.session_id:
        raise _fault("session_over")
    if current.account_id != account.id:
        raise _fault("other_person")
    opened = step_up_session(
        connection,
        browser.session_token,
        identity.factors,
        now,
        authenticated_at=identity.authenticated_at,
        provider_session=identity.provider_session,
    )
    if opened is None:
        raise _fault("session_over")
    return bind_session(secret_marker(wiring), opened)


def _issuer_of(connection: Connection, session: Session) -> str | None:
    query = select(officer_accounts.c.issuer).where(officer_accounts.c.id == session.account_id)
    return connection.execute(query).scalar_one_or_none()


def _audit_refusal(wiring: Wiring, provider: IdentityProvider, error: FaultError) -> None:
    """Write why nobody was logged in, or out. An account that isn't linked is named by a digest."""
    fault = error.faults[0]
    after: Mapping[str, object] = {"why": fault.code}
    if subject := fault.params.get("subject"):
        after = {**after, "account": hashlib.sha256(subject.encode()).hexdigest()[:16]}
    entry = AuditEntry("oidc.refuse", "identity_provider", provider.access.issuer[:128], after=after)
    with wiring.database.write() as connection:
        append_audit_entry(connection, UNKNOWN, entry, wiring.now())


def _fault(code: str, **more: Any) -> FaultError:
    return FaultError(OIDC_FAULTS.build(code, **more))
