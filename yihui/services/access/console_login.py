"""Log in on the console: by a code that the officer confirms in the browser, or by password and phone.

*Source*: RFC 8628; the names of its answers are used, with a site of our own as the authorisation server.
"""

import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select

from core.faults import FaultError
from store import update_row_if_matched
from yihui.access.accounts import load_account
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.login_faults import LOGIN_FAULTS
from yihui.access.login_tables import console_requests
from yihui.access.login_throttle import console_bucket, count_try
from yihui.access.secret_codes import digest_code
from yihui.access.session_rows import TOKEN_BYTES, digest_token
from yihui.access.sessions import (
    OpenedSession,
    Session,
    SessionKind,
    find_session,
    open_session,
)
from yihui.bootstrap import Wiring
from yihui.services.access.console_session import store_console_session
from yihui.services.access.login_tries import throttle_key, too_many_tries

LIFETIME = timedelta(minutes=10)
INTERVAL = timedelta(seconds=5)
FACTOR = "console"  # an officer with a fresh log-in allowed it in the browser
_LETTERS, _LENGTH = "BCDFGHJKLMNPQRSTVWXZ", 8  # no vowels, so no words (RFC 8628, 6.1)
_LONGEST_DEVICE = 100
_ALLOWED, _DENIED = "allowed", "denied"


class PollError(StrEnum):
    """Why a console gets no session yet, or never (RFC 8628, 3.5)."""

    PENDING = "authorization_pending"
    SLOW_DOWN = "slow_down"
    DENIED = "access_denied"
    EXPIRED = "expired_token"


@dataclass(frozen=True, slots=True)
class ConsoleCodes:
    """The code that the console keeps, and the one that the officer types."""

    device_code: str = field(repr=False)
    user_code: str


def begin_console_login(wiring: Wiring, device: str, network: str) -> ConsoleCodes:
    """Store a console's request. *Raises*: FaultError if too many came from its network."""
    now = wiring.now()
    device_code = secrets.token_urlsafe(TOKEN_BYTES)
    user_code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    with wiring.database.write() as connection:
        count = count_try(connection, console_bucket(throttle_key(wiring), network), now)
        if not count.is_over:
            connection.execute(
                console_requests.delete().where(console_requests.c.expires_at <= now - LIFETIME)
            )
            connection.execute(
                console_requests.insert().values(
                    device_digest=digest_token(device_code),
                    code_digest=digest_code("console", user_code),
                    device=clean_device(device),
                    created_at=now,
                    expires_at=now + LIFETIME,
                )
            )
    if count.is_over:
        raise too_many_tries(count)
    return ConsoleCodes(device_code, f"{user_code[:4]}-{user_code[4:]}")


def clean_device(device: str) -> str:
    """Return the name that a console gave itself, without what could mislead the officer who reads it."""
    kept = "".join(c for c in device if c.isalnum() or c in " .-_@()")
    return kept[:_LONGEST_DEVICE].strip() or "?"


def find_console_device(wiring: Wiring, session: Session, user_code: str) -> str:
    """Return the name of the console that waits with a code.

    *Raises*: FaultError if none does, or the officer has tried too many codes.
    """
    now = wiring.now()
    with wiring.database.write() as connection:
        count = count_try(connection, console_bucket(throttle_key(wiring), session.officer_id), now)
        device = None if count.is_over else _find_waiting(connection, user_code, now)
    if count.is_over:
        raise too_many_tries(count)
    if device is None:
        raise _unknown_code()
    return device


def decide_console_login(
    wiring: Wiring, session: Session, actor: Actor, user_code: str, *, is_allowed: bool
) -> None:
    """Allow or refuse the console that waits with a code; the caller has made sure of a fresh log-in.

    *Raises*: FaultError if no console waits with it any more.
    """
    now, c = wiring.now(), console_requests.c
    decision = _ALLOWED if is_allowed else _DENIED
    with wiring.database.write() as connection:
        count = count_try(connection, console_bucket(throttle_key(wiring), session.officer_id), now)
        device = None if count.is_over else _find_waiting(connection, user_code, now)
        statement = console_requests.update().where(
            c.code_digest == _digest(user_code), c.decision.is_(None), c.expires_at > now
        )
        values = {"decision": decision, "account_id": session.account_id}
        if device is not None and update_row_if_matched(connection, statement.values(**values)):
            entry = AuditEntry(
                f"sessions.console_{decision}", "session", session.id, after={"device": device}
            )
            append_audit_entry(connection, actor, entry, now)
            return
    raise too_many_tries(count) if count.is_over else _unknown_code()


def poll_console_login(wiring: Wiring, device_code: str) -> OpenedSession | PollError:
    """Return the console's session, once, after an officer allowed it; else why there is none."""
    now, c = wiring.now(), console_requests.c
    own = c.device_digest == digest_token(device_code)
    with wiring.database.write() as connection:
        row = connection.execute(select(console_requests).where(own)).one_or_none()
        if row is None or row.used_at is not None or row.expires_at <= now:
            return PollError.EXPIRED
        if row.decision == _DENIED:
            return PollError.DENIED
        if row.decision is None:
            connection.execute(console_requests.update().where(own).values(polled_at=now))
            is_early = row.polled_at is not None and now - row.polled_at < INTERVAL
            return PollError.SLOW_DOWN if is_early else PollError.PENDING
        statement = console_requests.update().where(own, c.used_at.is_(None)).values(used_at=now)
        account = load_account(connection, row.account_id)
        if account is None or not update_row_if_matched(connection, statement):
            return PollError.EXPIRED
        return open_session(
            connection,
            officer_id=account.officer_id,
            account_id=account.id,
            kind=SessionKind.CONSOLE,
            factors=(FACTOR,),
            device=row.device,
            provider_session=None,
            now=now,
        )


@dataclass(frozen=True, slots=True)
class ConsoleLogin:
    """What a console does to log in by the browser: how it shows the code, and how it waits between its polls."""

    site: str
    device: str
    show: Callable[[str, str], None]  # the code, and the address at which the officer types it
    wait: Callable[[float], None]


def log_in_by_browser(wiring: Wiring, console: ConsoleLogin) -> Session:
    """Ask a site for a session, wait until an officer allows it, and store its token in the data folder.

    *Raises*: FaultError if the site doesn't answer, the officer refuses, or the time is up.
    """
    site = console.site.rstrip("/")
    begun = _post(site, "/desk/device/code", {"device": console.device})
    device_code, user_code = str(begun.get("device_code")), str(begun.get("user_code"))
    if "device_code" not in begun or "user_code" not in begun:
        raise _no_site(site, str(begun.get("title", begun.get("error", "?"))))
    console.show(user_code, f"{site}/desk/device")
    waited, interval = 0.0, INTERVAL.total_seconds()
    while waited <= LIFETIME.total_seconds():
        answer = _post(site, "/desk/device/token", {"device_code": device_code})
        if "token" in answer:
            return _keep_token(wiring, str(answer["token"]), site)
        error = answer.get("error")
        if error == PollError.DENIED:
            raise FaultError(LOGIN_FAULTS.build("console_refused"))
        if error == PollError.SLOW_DOWN:
            interval += INTERVAL.total_seconds()
        elif error != PollError.PENDING:
            break
        console.wait(interval)
        waited += interval
    raise FaultError(LOGIN_FAULTS.build("console_expired", minutes=_minutes()))


def _keep_token(wiring: Wiring, token: str, site: str) -> Session:
    with wiring.database.read() as connection:
        session = find_session(connection, token, wiring.now())
    if session is None:
        raise FaultError(LOGIN_FAULTS.build("console_elsewhere", site=site))
    store_console_session(wiring, OpenedSession(token, session))
    return session


def _post(site: str, path: str, fields: dict[str, str]) -> dict[str, object]:
    import httpx

    try:
        answer = httpx.post(site + path, data=fields, timeout=30, follow_redirects=False)
        found = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _no_site(site, type(error).__name__) from error
    if not isinstance(found, dict):
        raise _no_site(site, f"HTTP {answer.status_code}")
    return found


def _no_site(site: str, detail: str) -> FaultError:
    return FaultError(LOGIN_FAULTS.build("console_site", site=site[:200], detail=detail[:200]))


def _find_waiting(connection: Connection, user_code: str, now: datetime) -> str | None:
    c = console_requests.c
    query = select(c.device).where(
        c.code_digest == _digest(user_code), c.decision.is_(None), c.expires_at > now
    )
    found: str | None = connection.execute(query).scalar_one_or_none()
    return found


def _digest(user_code: str) -> str:
    """Return the digest of a typed code: small and full-width letters and dashes are slips."""
    typed = unicodedata.normalize("NFKC", user_code[:40]).upper()
    return digest_code("console", "".join(c for c in typed if c in _LETTERS))


def _unknown_code() -> FaultError:
    return FaultError(LOGIN_FAULTS.build("console_code", field="code", minutes=_minutes()))


def _minutes() -> int:
    return int(LIFETIME.total_seconds() // 60)
