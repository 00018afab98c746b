"""Take over a member's log-in from a host app: its signed token becomes a way in that opens once.

The app's backend hands the token over; the browser gets only a ticket, so that no token stands in an address. A stored
link tells which member the app's user is; it is made once, after the member has proved her phone. See docs/decisions/0084.
"""

import hashlib
import hmac
import json
import secrets
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jwt
from sqlalchemy import Connection, Row, delete, select, update

from core.faults import FaultError
from store import insert_into
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.login_throttle import count_try, member_bucket
from yihui.access.member_sessions import (
    MEMBER_LOGIN_FAULTS,
    MemberEndReason,
    MemberSession,
    OpenedMemberSession,
    end_member_session,
    find_member_session,
    open_member_session,
)
from yihui.access.row_marks import is_marked_link, mark_link
from yihui.access.session_rows import TOKEN_BYTES, bind_session, bind_token, digest_token, is_bound
from yihui.access.tables import member_app_links, member_handovers
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import derive_key
from yihui.runtime.member_apps import MemberApp
from yihui.runtime.provider_keys import ProviderUnavailable
from yihui.services.access.login_tries import LoginVisit, throttle_key
from yihui.services.access.member_codes import too_many_tries_fault
from yihui.services.access.oidc_tokens import (
    MAX_TOKEN_BYTES,
    SKEW,
    decode_token,
    read_instant,
    read_text,
    seconds_of,
    validate_by,
)
from yihui.services.access.secret_marks import secret_marker

TICKET_LIFE = timedelta(minutes=2)
LINK_LIFE = timedelta(minutes=15)  # to prove the phone after the ticket was used
TOKEN_LIFE = timedelta(minutes=5)  # of a token that an app may sign


@dataclass(frozen=True, slots=True)
class HandedUser:
    """Whom an app's token names, as it is stored: nothing of it leads back to the app's own id."""

    app: str
    subject_digest: str
    token_digest: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AppLink:
    """An app from which a member gets in without a code."""

    member: str
    name: str
    title: str
    linked_at: datetime


def accept_handover(wiring: Wiring, token: str, network: str) -> str:
    """Return the ticket for an app's token. *Raises*: FaultError in words, for each thing that can be wrong."""
    now = wiring.now()
    try:
        user = verify_handover_token(wiring, token, now)
    except FaultError:
        with wiring.database.write() as connection:
            tried = count_try(connection, member_bucket(throttle_key(wiring), network), now)
        if tried.is_over:
            raise FaultError(too_many_tries_fault(tried.wait)) from None
        raise
    ticket = bind_token(secret_marker(wiring), secrets.token_urlsafe(TOKEN_BYTES), _owner(user))
    with wiring.database.write() as connection:
        connection.execute(delete(member_handovers).where(member_handovers.c.expires_at < now - LINK_LIFE))
        row = {
            "token_digest": user.token_digest,
            "ticket_digest": digest_token(ticket),
            "app": user.app,
            "subject_digest": user.subject_digest,
            "created_at": now,
            "ticket_expires_at": now + TICKET_LIFE,
            "expires_at": user.expires_at,
        }
        stored = insert_into(connection, member_handovers).values(row).on_conflict_do_nothing()
        is_new = connection.execute(stored.returning(member_handovers.c.app)).first() is not None
    if not is_new:
        raise FaultError(MEMBER_LOGIN_FAULTS.build("replayed", field="jti"))
    return ticket


def verify_handover_token(wiring: Wiring, token: str, now: datetime) -> HandedUser:
    """Return whom a token names, and until when it must be remembered. *Raises*: FaultError."""
    app = _find_app(wiring, token)
    try:
        _, claims = decode_token(token, app.find_key)
    except ProviderUnavailable as error:
        raise FaultError(MEMBER_LOGIN_FAULTS.build("app_away")) from error
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=seconds_of(SKEW),
        iss={"essential": True, "value": app.issuer},
        aud={"essential": True, "value": app.audience},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        jti={"essential": True},
    )
    validate_by(lambda: registry.validate(claims))
    subject, token_id = read_text(claims, "sub", required=True), read_text(claims, "jti", required=True)
    expires_at = read_instant(claims, "exp")
    if expires_at - read_instant(claims, "iat") > TOKEN_LIFE:
        minutes = int(TOKEN_LIFE.total_seconds() // 60)
        raise FaultError(MEMBER_LOGIN_FAULTS.build("long_life", field="exp", minutes=minutes))
    assert subject is not None and token_id is not None
    digest = hashlib.sha256(f"{app.issuer}\0{token_id}".encode()).hexdigest()
    # It is remembered for as long as it would be accepted.
    return HandedUser(app.name, _digest_subject(wiring, app.name, subject), digest, expires_at + 2 * SKEW)


def find_app_title(wiring: Wiring, ticket: str) -> str:
    """Return the title of the app behind an unused ticket. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        return _title(wiring, _require_ticket(wiring, connection, ticket).app)


def enter_handover(wiring: Wiring, ticket: str, visit: LoginVisit) -> OpenedMemberSession | None:
    """Use a ticket: open a session for the member whom the app's user is linked to; None if it is to none yet.

    *Raises*: FaultError.
    """
    now = wiring.now()
    with wiring.database.write() as connection:
        row = _require_ticket(wiring, connection, ticket)
        connection.execute(
            update(member_handovers)
            .where(member_handovers.c.ticket_digest == row.ticket_digest)
            .values(used_at=now)
        )
        member = _find_linked(wiring, connection, row)
        if member is None:
            return None
        current = find_member_session(connection, visit.session_token, now)
        if current is not None:
            reason = MemberEndReason.NEW_LOGIN
            end_member_session(connection, current.member_id, current.id, reason, now)
        opened = open_member_session(connection, member, way=row.app, device=visit.device, now=now)
        return bind_session(secret_marker(wiring), opened)


def find_app_to_link(wiring: Wiring, ticket: str) -> str:
    """Return the title of the app behind a used ticket that can still be linked; empty if there is none."""
    if not ticket:
        return ""
    with wiring.database.read() as connection:
        row = _find_to_link(wiring, connection, ticket)
    return "" if row is None else _title(wiring, row.app)


def link_app(wiring: Wiring, ticket: str, session: MemberSession) -> None:
    """Link the app's user behind a used ticket to the member who has just proved her phone, and wants it.

    A ticket that is too old links nothing: she only logs in.
    """
    now = wiring.now()
    with wiring.database.write() as connection:
        row = _find_to_link(wiring, connection, ticket)
        if row is None:
            return
        values = {
            "app": row.app,
            "subject_digest": row.subject_digest,
            "member_id": session.member_id,
            "linked_at": now,
            "mark": mark_link(secret_marker(wiring), row.app, row.subject_digest, session.member_id),
        }
        stored = insert_into(connection, member_app_links).values(values).on_conflict_do_nothing()
        if connection.execute(stored.returning(member_app_links.c.app)).first() is None:
            return  # another phone has linked the app's user meanwhile
        entry = AuditEntry("member_apps.link", "member", session.member_id, after={"app": row.app})
        append_audit_entry(connection, session.actor, entry, now)


def _find_to_link(wiring: Wiring, connection: Connection, ticket: str) -> Row[Any] | None:
    c = member_handovers.c
    used = (c.ticket_digest == digest_token(ticket)) & (c.used_at > wiring.now() - LINK_LIFE)
    row = connection.execute(select(member_handovers).where(used)).one_or_none()
    if row is None or not is_bound(secret_marker(wiring), ticket, _owner(row)):
        return None
    return None if _find_linked(wiring, connection, row) is not None else row


def list_app_links(wiring: Wiring, connection: Connection, member: str) -> list[AppLink]:
    """Return the apps from which a member gets in."""
    c = member_app_links.c
    query = select(member_app_links).where(c.member_id == member).order_by(c.app, c.linked_at)
    return [
        AppLink(member, row.app, _title(wiring, row.app), row.linked_at) for row in connection.execute(query)
    ]


def _find_app(wiring: Wiring, token: str) -> MemberApp:
    """Return the app that a token claims to be from; its signature is checked with that app's keys alone."""
    parts = token.split(".") if len(token) <= MAX_TOKEN_BYTES else []
    try:
        claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (IndexError, ValueError, RecursionError):
        claims = {}
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    for app in wiring.member_apps:
        if app.issuer == issuer:
            return app
    raise FaultError(MEMBER_LOGIN_FAULTS.build("unknown_app", field="iss"))


def _owner(user: HandedUser | Row[Any]) -> str:
    return f"{member_handovers.name} {user.app} {user.subject_digest}"


def _require_ticket(wiring: Wiring, connection: Connection, ticket: str) -> Row[Any]:
    c, now = member_handovers.c, wiring.now()
    query = select(member_handovers).where(
        c.ticket_digest == digest_token(ticket), c.used_at.is_(None), c.ticket_expires_at > now
    )
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None or not is_bound(secret_marker(wiring), ticket, _owner(row)):
        minutes = int(TICKET_LIFE.total_seconds() // 60)
        raise FaultError(MEMBER_LOGIN_FAULTS.build("handover_over", minutes=minutes))
    return row


def _find_linked(wiring: Wiring, connection: Connection, row: Row[Any]) -> str | None:
    """Return the member to whom an app's user is linked; a link that was written without our key links nobody."""
    c = member_app_links.c
    query = select(member_app_links).where(c.app == row.app, c.subject_digest == row.subject_digest)
    link = connection.execute(query).one_or_none()
    return None if link is None or not is_marked_link(secret_marker(wiring), link) else link.member_id


def _title(wiring: Wiring, name: str) -> str:
    return next((app.title for app in wiring.member_apps if app.name == name), name)


def _digest_subject(wiring: Wiring, app: str, subject: str) -> str:
    key = derive_key(wiring.login_key, "members' apps")
    return hmac.new(key, f"{app}\0{subject}".encode(), hashlib.sha256).hexdigest()
